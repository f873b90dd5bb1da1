"""A whole network as a list of stages on the GPU, one for each layer; some run as one kernel.

A stage is a function of x (events, ...), the lengths that hold there and the layer's first states;
it gives y and the final states. A dense layer's activation is computed where its sums are, a
recurrent layer writes its steps only where they are wanted; every other layer runs its own formula.
The bits are those of layer by layer.

Beyond the last valid step of a sequence every stage is given 0 (`layers/stack.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy

from . import lowering
from .arrays import DeviceArray

LENGTHS, STATE = "lengths", "state/"  # names of what goes with the events x


class Stage(NamedTuple):
    """A layer that is ready to run: `run(x, lengths, state)` gives y and final states."""

    layer: Any
    run: Callable[..., Any]
    clear: bool  # whether 0 stands beyond the last valid step of its output already


class Plan:
    """A prepared network, for events in memory or on the GPU, in the spec's dtype."""

    def __init__(self, b: Any, spec: Any, weights: Mapping[str, Any]) -> None:
        """Make a stage of each layer; `weights` are the backend's."""
        self._b, self._spec = b, spec
        self._dtype = numpy.dtype(spec.dtype)
        self._given = tuple(spec.input.sizes)
        self._ids = spec.layers[0].id_count is not None  # which are looked at one by one
        self._stages = [
            Stage(layer, lowering.lowered(b, layer, _of(weights, layer.name)), layer.type in CLEAR)
            for layer in spec.layers
        ]

    def takes(self, x: Any) -> bool:
        """Whether x needs no check and no conversion: in memory, of just this type and shape."""
        if type(x) is not numpy.ndarray or x.dtype != self._dtype:
            return False
        packed = x.flags.c_contiguous and x.flags.aligned
        return bool(packed and x.shape[1:] == self._given and not self._ids)

    def quickly(self, x: Any) -> Any:
        """Give y for an x that the plan `takes`, each event from the network's own first state."""
        return self(x, None, {}, False)[0]

    def __call__(
        self, x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Run x (events, ...), some at a time; give y and, where asked for, every final state."""
        arrays = {"x": x} | {STATE + name: array for name, array in state.items()}
        if lengths is not None:
            arrays[LENGTHS] = lengths

        def work(part: Mapping[str, DeviceArray]) -> dict[str, DeviceArray]:
            start = _of(part, STATE[:-1])
            y, last = self._run(part["x"], part.get(LENGTHS), start)
            found = {"y": y} | (last if finals else {})
            return {name: self._b.canonical(array) for name, array in found.items()}

        whole = self._b.by_parts(work, arrays, len(x), self._widest(x.shape[1:2]))
        return whole.pop("y"), whole

    def _run(self, x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        b, final = self._b, dict[str, Any]()
        x = self._padded(x, lengths)
        for layer, run, clear in self._stages:
            x, last = run(x, lengths, _of(state, layer.name))
            final |= {f"{layer.name}/{name}": array for name, array in last.items()}
            lengths = lengths if layer.keeps_steps else None
            x = x if clear else self._padded(x, lengths)
        output = self._spec.output
        if output.activation.type != "linear":
            x = self._padded(output.activation.apply(b, x), lengths)
        return x if output.first is None else x[..., : output.first], final

    def _padded(self, x: Any, lengths: Any) -> Any:
        if lengths is None:
            return x
        return self._b.where(self._b.mask(lengths, x.shape[1])[:, :, None], x, 0.0)

    def _widest(self, steps: tuple[int, ...]) -> int:
        """Count the numbers of an event where a layer makes most of them."""
        found = 0
        for layer, shape in self._spec.walk():
            sizes = [size or steps[0] for size in (*shape, *layer.output_shape(shape))]
            gates = 8 * steps[0] * layer.units if hasattr(layer, "carried") else 0
            found = max(found, prod(sizes[: len(shape)]), prod(sizes[len(shape) :]), gates)
        return found


# What these give beyond the last valid step is 0 already.
CLEAR = {"bidirectional", "gru", "lstm", "rnn"}


def _of(arrays: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give the arrays whose names are headed by a layer's, by what stands behind it."""
    head = f"{name}/"
    return {k.removeprefix(head): array for k, array in arrays.items() if k.startswith(head)}
