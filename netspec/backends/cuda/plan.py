"""A whole network on the GPU: a stage for each layer (`lowering.py`), some events at a time.

Some stages are one kernel where the layer's formula is many. The bits are those of layer by layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy

from . import functions
from .arrays import DeviceArray
from .lowering import Stages, below

LENGTHS, STATE = "lengths", "state/"  # names of what goes with the events x


class Plan:
    """A prepared network, for events in memory or on the GPU, in the spec's dtype."""

    def __init__(self, b: Any, spec: Any, weights: Mapping[str, Any]) -> None:
        """Make a stage of each layer; `weights` are the backend's."""
        self._b, self._spec = b, spec
        self._dtype = numpy.dtype(spec.dtype)
        self._given = tuple(spec.input.sizes)
        self._ids = spec.layers[0].id_count is not None  # which are looked at one by one
        layers, output = list(spec.layers), spec.output.activation
        if _takes(layers[-1], output):
            layers[-1], output = layers[-1].model_copy(update={"activation": output}), None
        self._activation = None if output is None or output.type == "linear" else output
        self._stages = Stages(b, layers, weights)

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
            given = part["x"], part.get(LENGTHS), below(part, STATE)
            y, last, valid = self._stages.run(*given, finals)
            return {"y": self._output(y, valid), **last}

        whole = self._b.by_parts(work, arrays, len(x), self._widest(x.shape[1:2]))
        return whole.pop("y"), whole

    def _output(self, y: Any, lengths: Any) -> Any:
        """What becomes of the last layer's numbers: the output activation, the first few.

        Their NaN are canonical.
        """
        if self._activation is not None:
            y = self._stages.padded(self._activation.apply(self._b, y), lengths)
        if self._activation is not None or not self._stages.canonical:
            y = self._b.canonical(y)
        first = self._spec.output.first
        return y if first is None else y[..., :first]

    def _widest(self, steps: tuple[int, ...]) -> int:
        """Count the numbers of an event where a layer makes most of them."""
        found = 0
        for layer, shape in self._spec.walk():
            sizes = [size or steps[0] for size in (*shape, *layer.output_shape(shape))]
            gates = 8 * steps[0] * layer.units if hasattr(layer, "carried") else 0
            found = max(found, prod(sizes[: len(shape)]), prod(sizes[len(shape) :]), gates)
        return found


def _takes(layer: Any, activation: Any) -> bool:
    """Whether a last layer's kernel can do the output activation as well."""
    dense = layer.type == "dense" and layer.activation.type == "linear"
    return dense and functions.of(activation) is not None
