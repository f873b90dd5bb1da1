"""The contract in plain Python, written from `netspec/kernels/README.md` and from nothing else.

It is slow, and no line of it is shared with netspec: of a spec it reads the options alone. Events
are run one after the other, over their valid steps only, so that neither batches nor masks nor
padding are in it. Where an engine's bits are not these, the engine is wrong, or the page is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import activations
from .layers import LAYERS, valid_rows
from .recurrent import below, under
from .rounding import canonical

Rows = Mapping[str, Any]


class Answer(NamedTuple):
    """Everything that a model gives: outputs, final states, slopes by name."""

    y: Any
    final: dict[str, Any]
    x: Any
    weights: dict[str, Any]
    state: dict[str, Any]


def cleared(x: Any, valid: list[int] | None) -> Any:
    """Give x with +0 beyond the last valid step of each event."""
    y = np.zeros_like(x)
    for at in valid_rows(x, valid):
        y[at] = x[at]
    return y


def in_a_row(layers: Sequence[Any], p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    """Run layers one after the other; give y, final states, way back, and what is valid of y."""
    final: dict[str, Any] = {}
    ways_back = []
    first, x = valid, cleared(x, valid)
    for layer in layers:
        head = f"{layer.name}/"
        own = None if rng is None else rng.of(layer.name)
        x, last, back = LAYERS[layer.type](layer, below(p, head), x, valid, below(state, head), own)
        valid = valid if layer.keeps_steps else None
        x = cleared(x, valid)
        final |= under(head, last)
        ways_back.append((head, valid, back))

    def way_back(dy: Any, dfinal: Rows) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        weights: dict[str, Any] = {}
        start: dict[str, Any] = {}
        for head, still_valid, back in reversed(ways_back):
            dy, dweights, dstart = back(cleared(dy, still_valid), below(dfinal, head))
            weights |= under(head, dweights)
            start |= under(head, dstart)
        return cleared(dy, first), weights, start

    return x, final, way_back, valid


def counts(lengths: Any) -> list[int] | None:
    """Give lengths as a list."""
    return None if lengths is None else [int(n) for n in lengths]


def each_canonical(arrays: Rows) -> dict[str, Any]:
    """Give every array with canonical NaN."""
    return {name: canonical(array) for name, array in arrays.items()}


def run(spec: Any, p: Rows, x: Any, lengths: Any = None, state: Rows | None = None) -> Any:
    """Give the output of a whole spec and its final states, as a call does."""
    with np.errstate(all="ignore"):
        y, final, _, valid = in_a_row(spec.layers, p, x, counts(lengths), state or {}, None)
        last = np.zeros_like(y)
        for at in valid_rows(y, valid):
            last[at] = activations.apply(spec.output.activation, y[at])
        return canonical(last[..., : spec.output.first]), each_canonical(final)


def train(
    layers: Sequence[Any],
    p: Rows,
    x: Any,
    dy: Any,
    dfinal: Rows | None = None,
    *,
    lengths: Any = None,
    state: Rows | None = None,
    rng: Any = None,
) -> Answer:
    """Run layers there and back."""
    with np.errstate(all="ignore"):
        y, final, back, _ = in_a_row(layers, p, x, counts(lengths), state or {}, rng)
        dx, weights, start = back(dy, dfinal or {})
        return Answer(
            canonical(y),
            each_canonical(final),
            canonical(dx),
            each_canonical(weights),
            each_canonical(start),
        )
