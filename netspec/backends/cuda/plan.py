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
    """A prepared network, for events in memory or on the GPU, in the spec's dtype.

    A few events on the GPU wait for what is asked here more than for the layers.
    """

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
        self._widths: dict[int, int] = {}  # of an event, by its steps

    def takes(self, x: Any) -> bool:
        """Whether x needs no check and no conversion: of just this type and shape, packed.

        It is NumPy's or, on this very GPU, CuPy's.
        """
        kind = type(x)
        if kind is self._b.cupy.ndarray:
            there = x.device.id == self._b.gpu.number and not x.data.ptr % x.itemsize
        else:
            there = kind is numpy.ndarray and x.flags.aligned
        fits = there and x.dtype == self._dtype and x.shape[1:] == self._given
        return bool(fits and x.flags.c_contiguous and not self._ids)

    def quickly(self, x: Any) -> Any:
        """Give y for an x that the plan `takes`, each event from the network's own first state."""
        given = x if type(x) is numpy.ndarray else DeviceArray(x, self._b.kernels)
        return self._b.by_parts(self._simply, {"x": given}, len(x), self._width(x.shape[1]))["y"]

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

        whole = self._b.by_parts(work, arrays, len(x), self._width(x.shape[1]))
        return whole.pop("y"), whole

    def _simply(self, part: Mapping[str, DeviceArray]) -> dict[str, DeviceArray]:
        y, _, valid = self._stages.run(part["x"], None, {}, False)
        return {"y": self._output(y, valid)}

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

    def _width(self, steps: int) -> int:
        """Count the numbers of an event where a layer makes most of them."""
        if steps in self._widths:
            return self._widths[steps]
        found = 0
        for layer, shape in self._spec.walk():
            sizes = [size or steps for size in (*shape, *layer.output_shape(shape))]
            gates = 8 * steps * layer.units if hasattr(layer, "carried") else 0
            found = max(found, prod(sizes[: len(shape)]), prod(sizes[len(shape) :]), gates)
        self._widths = {steps: found}
        return found


def _takes(layer: Any, activation: Any) -> bool:
    """Whether a last layer's kernel can do the output activation as well."""
    dense = layer.type == "dense" and layer.activation.type == "linear"
    return dense and functions.of(activation) is not None
