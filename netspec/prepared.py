"""A network made ready to run: its weights on a backend, a call, a step of training.

Where the backend lowers the whole network to a plan, a call runs that; else, and in training, the
layers' own formulas run one after another. Both give the same bits on an exact backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any
from weakref import finalize

from . import door
from .backends import Array, Arrays, Backend
from .devices import CPU
from .entrance import Given, entered
from .errors import DataError
from .layers import stack
from .layers.base import Forward, Gradients
from .randomness import Stream
from .spec import NetworkSpec

LENGTHS, STATE = "lengths", "state/"  # names of what goes with the events x


class Prepared:
    """A spec and weights that fit it, on a backend; `plan` is the backend's, or None."""

    def __init__(self, spec: NetworkSpec, weights: Mapping[str, Any], backend: Backend) -> None:
        """Bring the weights to the device and pack them."""
        self.spec, self.backend = spec, backend
        with backend.lasting():  # what a layer makes of its weights is rounded here
            self._p = {name: backend.array(array) for name, array in weights.items()}
            self.plan = backend.plan(spec, self._p)
        if backend.device_name != CPU:
            # Calls come from any stream: the weights' memory is lent anew when none uses it more.
            finalize(self, backend.settle).atexit = False

    def run(
        self, x: Any, lengths: Any, state: Mapping[str, Any] | None, return_state: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Give the output for a batch and, with `return_state`, the final states by name."""
        given = entered(self.backend, self.spec, x, lengths, state)
        if self.plan is None:
            return self._layer_by_layer(given, return_state)
        y, final = self.plan(given.x, given.lengths, given.state, return_state)
        return y, final

    def _layer_by_layer(self, given: Given, return_state: bool) -> tuple[Any, dict[str, Any]]:
        """Run the layers' formulas on some events at a time, as many as the backend wants."""
        b = self.backend

        def work(part: Arrays) -> Arrays:
            start = {
                name.removeprefix(STATE): array
                for name, array in part.items()
                if name.startswith(STATE)
            }
            y, final, valid = stack.apply(
                self.spec.layers, b, self._p, part["x"], lengths=part.get(LENGTHS), state=start
            )
            return _canonical(b, {"y": self._output(y, valid)} | (final if return_state else {}))

        arrays = {"x": given.x} | {STATE + name: array for name, array in given.state.items()}
        if given.lengths is not None:
            arrays[LENGTHS] = given.lengths
        whole = b.by_parts(work, arrays, len(given.x), self._widest(given.x))
        return whole.pop("y"), whole

    def _widest(self, x: Array) -> int:
        """Count the numbers of an event where a layer makes most of them."""
        found: int = prod(x.shape[1:])
        for layer, shape in self.spec.walk():
            steps = x.shape[1] if layer.states(shape) else 1
            for param in layer.parameters(shape).values():
                found = max(found, steps * prod(param.shape[:-1]))
            sizes = (x.shape[1] if n is None else n for n in layer.output_shape(shape))
            found = max(found, prod(sizes))
        return found

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
            given = entered(b, self.spec, x, lengths, state, keep=True)
            step, _ = stack.forward(
                self.spec.layers,
                b,
                self._p,
                b.array(given.x),
                rng=rng,
                lengths=None if given.lengths is None else b.array(given.lengths),
                state={name: b.array(array) for name, array in given.state.items()},
            )
            y, final = b.canonical(step.y), _canonical(b, step.state)

        def back(dy: Array, dstate: Mapping[str, Array] | None = None) -> Gradients:
            door.slopes({"y": y}, {"y": dy})
            if not isinstance(dstate, Mapping | None):
                raise DataError(
                    f"dstate: wanted a mapping of arrays by name, found {type(dstate).__name__}"
                )
            door.slopes(final, dstate or {})
            with b.computing():
                dfinal = {name: self._own(slope, name) for name, slope in (dstate or {}).items()}
                dx, weights, start = step.back(self._own(dy, "y"), dfinal)
                return Gradients(
                    b.handed(b.canonical(dx)),
                    _handed(b, _canonical(b, weights)),
                    _handed(b, _canonical(b, start)),
                )

        return Forward(b.handed(y), _handed(b, final), _handed(b, step.updates), back)

    def _own(self, slope: Any, name: str) -> Array:
        """Give a slope, which lies on the backend's GPU or in memory, as the backend's own."""
        taken = self.backend.taken(slope, f"the slope in {name}")
        return self.backend.array(slope) if taken is None else taken


def _canonical(b: Backend, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: b.canonical(array) for name, array in arrays.items()}


def _handed(b: Backend, arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {name: b.handed(array) for name, array in arrays.items()}
