"""A network made ready to run: its weights on a backend, a call, a step of training.

Where the backend lowers the whole network to a plan, a call runs that; else, and in training, the
layers' own formulas run one after another. Both give the same bits on an exact backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from . import door
from .backends import Array, Backend
from .errors import DataError
from .layers import stack
from .layers.base import Forward, Gradients
from .randomness import Stream
from .spec import NetworkSpec


class Prepared:
    """A spec and weights that fit it, on a backend; `plan` is the backend's, or None."""

    def __init__(self, spec: NetworkSpec, weights: Mapping[str, Any], backend: Backend) -> None:
        """Bring the weights to the device and pack them."""
        self.spec, self.backend = spec, backend
        with backend.computing():  # what a layer makes of its weights is rounded here
            self._p = {name: backend.array(array) for name, array in weights.items()}
            self.plan = backend.plan(spec, self._p)

    def run(
        self, x: Any, lengths: Any, state: Mapping[str, Any] | None, return_state: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Give the output for a batch and, with `return_state`, the final states by name."""
        x, lengths, start = self._at_the_door(x, lengths, state)
        if self.plan is None:
            return self._layer_by_layer(x, lengths, start, return_state)
        y, final = self.plan(x, lengths, start, return_state)
        return y, final

    def _layer_by_layer(
        self, x: Array, lengths: Array | None, state: Mapping[str, Array], return_state: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Run the layers' formulas on a few thousand events at a time, as the backend wants it."""
        b, events = self.backend, x.shape[0]
        rows = b.rows or max(events, 1)
        parts = []
        with b.computing():
            for first in range(0, max(events, 1), rows):
                part = slice(first, first + rows)
                y, final, valid = stack.apply(
                    self.spec.layers,
                    b,
                    self._p,
                    x[part],
                    lengths=None if lengths is None else lengths[part],
                    state={name: array[part] for name, array in state.items()},
                )
                parts.append({"y": self._output(y, valid)} | (final if return_state else {}))
        # To concatenate is to copy: a layer may give back its input, or its state, as it is.
        whole = {
            name: numpy.concatenate([b.numpy(b.canonical(part[name])) for part in parts])
            for name in parts[0]
        }
        return whole.pop("y"), whole

    def _output(self, y: Array, lengths: Array | None) -> Array:
        """What becomes of the last layer's numbers: the output activation, the first few."""
        y = self.spec.output.activation.apply(self.backend, y)
        y = stack.padded(self.backend, y, lengths)
        return y if self.spec.output.first is None else y[..., : self.spec.output.first]

    def forward(
        self, x: Any, lengths: Any, state: Mapping[str, Any] | None, rng: Stream | None
    ) -> Forward:
        """Give the last layer's output and the way back, as `Network.forward` says."""
        b = self.backend
        if not isinstance(rng, Stream | None):
            raise DataError(f"rng: wanted a randomness.Stream, found {type(rng).__name__}")
        with b.computing():
            x = door.numbers(self.spec, x, "x").copy()  # the way back wants it as it is now
            x, lengths, state = self._at_the_door(x, lengths, state)
            step, _ = stack.forward(
                self.spec.layers, b, self._p, x, rng=rng, lengths=lengths, state=state
            )
            step = step._replace(y=b.canonical(step.y), state=_canonical(b, step.state))

        def back(dy: Array, dstate: Mapping[str, Array] | None = None) -> Gradients:
            door.slopes({"y": step.y}, {"y": dy})
            if not isinstance(dstate, Mapping | None):
                raise DataError(
                    f"dstate: wanted a mapping of arrays by name, found {type(dstate).__name__}"
                )
            door.slopes(step.state, dstate or {})
            with b.computing():
                dx, weights, start = step.back(dy, dstate)
                return Gradients(b.canonical(dx), _canonical(b, weights), _canonical(b, start))

        return step._replace(back=back)

    def _at_the_door(
        self, x: Any, lengths: Any, state: Mapping[str, Any] | None
    ) -> tuple[Array, Array | None, dict[str, Array]]:
        """Check what a caller gives and bring it to the device."""
        b = self.backend
        with b.computing():  # numbers of another dtype are rounded here
            x = door.events(self.spec, x)
            valid = None if lengths is None else door.lengths(lengths, x)
            door.ids(self.spec, x, valid)
            start = {} if state is None else door.state(self.spec, state, len(x))
        lengths = None if valid is None else b.array(valid)
        return b.array(x), lengths, {name: b.array(array) for name, array in start.items()}


def _canonical(b: Backend, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: b.canonical(array) for name, array in arrays.items()}
