"""The plainest cell: J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990) 179.

    a[t] = W x[t] + b + U h[t-1]
    h[t] = f(a[t])

W (units, features), U (units, units), b (units,). Recurrent dropout gives k h[t-1] to U.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from .base import Arrays, examples
from .recurrent import Recurrent, Sweep, SweepBack, hold, preactivations, thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backends import Array, Backend


class Step(NamedTuple):
    """What the tape holds of a step; `h_before` is h[t-1] as U sees it."""

    h_before: Any
    a: Any
    h: Any


class Slopes(NamedTuple):
    """Slopes of the loss inside a step."""

    da: Any


def sweep(
    b: Backend,
    cell: RNN,
    p: Arrays,
    z: Array,
    start: Arrays,
    order: range,
    mask: Any,
    keep: bool,
    k: Any = None,
) -> Sweep:
    """Run over z (batch, steps, units); the tape holds a `Step` for each."""
    h, tape = start["h"], []
    y = b.empty((*z.shape[:2], cell.units), z.dtype)
    for t in order:
        seen = thinned(h, k)
        a = preactivations(b, p, seen, z[:, t])
        new = cell.activation.apply(b, a)
        if keep:
            tape.append(Step(seen, a, new))
        y[:, t] = hold(b, mask, t, new, 0.0)
        h = hold(b, mask, t, new, h)
    return Sweep(y, {"h": h}, tape)


def slopes(b: Backend, cell: RNN, p: Arrays, step: Step, dh: Array) -> Slopes:
    """Go back through a step from dh, the whole slope in h[t]: da = dh f'(a)."""
    return Slopes(cell.activation.back(b, step.a, step.h, dh))


def sweep_back(
    b: Backend,
    cell: RNN,
    p: Arrays,
    tape: list[Step],
    dy: Array,
    dfinal: Arrays,
    order: range,
    mask: Any,
    k: Any = None,
) -> SweepBack:
    """Walk the tape backwards; U saw h one step before."""
    dh = dfinal["h"]
    dz, saw = b.empty(dy.shape, dy.dtype), b.empty(dy.shape, dy.dtype)
    for t, step in zip(reversed(order), reversed(tape), strict=True):
        da = hold(b, mask, t, slopes(b, cell, p, step, dh + dy[:, t]).da, 0.0)
        dh = hold(b, mask, t, thinned(b.product(da, p["U"].T), k), dh)
        dz[:, t], saw[:, t] = da, hold(b, mask, t, step.h_before, 0.0)
    weights = {"U": b.outer_sum(dz, saw)}
    if cell.state_bias:
        weights["b_state"] = b.sum(dz, (0, 1))
    return SweepBack(dz, weights, {"h": dh})


class RNN(Recurrent):
    """The Elman cell."""

    model_config = examples(
        {"units": 3},
        {"units": 2, "return_sequences": True, "direction": "both", "state_bias": True},
        {"units": 2, "direction": "reverse", "activation": "relu", "initial_state": "learned"},
        {"units": 3, "direction": "both", "recurrent_dropout": 0.4},
    )
    formula: ClassVar[Callable[..., Sweep]] = staticmethod(sweep)
    formula_back: ClassVar[Callable[..., SweepBack]] = staticmethod(sweep_back)
    step_back: ClassVar[Callable[..., Slopes]] = staticmethod(slopes)

    type: Literal["rnn"] = "rnn"
