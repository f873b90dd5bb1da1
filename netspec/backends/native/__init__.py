"""The exact engine: compiled kernels that give the same bits everywhere (`kernels/README.md`).

Arrays are `numpy.ndarray`. What NumPy does entry by entry (+ - * /, comparisons, `where`) IEEE 754
fixes to the bit, so it stays with NumPy; products, sums and elementary functions, whose bits depend
on the processor and on BLAS there, are the engine's. The sweeps over time have compiled twins
(`twins.py`), and a whole network is lowered to one prepared call (`lowering.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from typing import Any, ClassVar

import numpy

from ...errors import UnavailableError
from ...kernels import compiled, why_not
from .. import Array, number_of_threads
from ..numpy import NumpyBackend
from . import functions, lookup, lowering, scatter, training
from .plan import Plan
from .twins import TWINS

THREADS, INSTRUCTIONS = "NETSPEC_THREADS", "NETSPEC_INSTRUCTIONS"


class NativeBackend(NumpyBackend):
    """`threads` share out the work; `instructions` names one of the instruction sets.

    By default all processors that the process may use, or NETSPEC_THREADS, and the best set that
    the processor has, or NETSPEC_INSTRUCTIONS (avx512, avx2, neon, scalar). Neither changes a bit.

    Raises UnavailableError where the kernels were not compiled, or the processor has no such set,
    DataError for what is no number of threads.
    """

    name = "native"
    exact = True
    twins: ClassVar[Mapping[str, Callable[..., Any]]] = TWINS

    def __init__(self, threads: int | None = None, instructions: str | None = None) -> None:
        """Choose threads and instruction set; see the class."""
        kernels = compiled()
        if kernels is None:
            raise UnavailableError(f"the backend 'native' is not here: {why_not()}")
        super().__init__(threads)
        self._asked = self.threads
        self.threads = self._asked or _usual_threads(kernels)
        named = instructions or os.environ.get(INSTRUCTIONS)
        try:
            self.engine = kernels.Engine(named or kernels.paths()[0], self.threads)
        except ValueError as error:
            where = "instructions" if instructions else f"{INSTRUCTIONS} in the environment"
            raise UnavailableError(f"{where}: {error}") from None
        self.instructions: str = self.engine.path

    @classmethod
    def available(cls) -> bool:
        """Whether the kernels were compiled."""
        return compiled() is not None

    def __reduce__(self) -> Any:
        """Travel with the threads that were asked for; another machine has its own instructions."""
        return NativeBackend, (self._asked,)

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Round to nearest and keep subnormal numbers, NumPy's work too, and be silent of NaN.

        The caller's own rounding and flushing are back when it ends.
        """
        kernels = compiled()
        found = kernels.float_mode()
        with numpy.errstate(all="ignore"):
            kernels.set_float_mode(kernels.our_float_mode())
            try:
                yield
            finally:
                kernels.set_float_mode(found)

    def plan(self, spec: Any, weights: Mapping[str, Any]) -> Plan | lookup.Lookup | None:
        lower = lowering.lower if spec.layers[0].id_count is None else lookup.lower
        return lower(self, spec, weights)

    def training_plan(self, *wanted: Any) -> training.TrainingPlan | None:
        return training.lower_training(self, *wanted)

    def canonical(self, x: Array) -> Array:
        return numpy.where(numpy.isnan(x), x.dtype.type(numpy.nan), x)

    def product(self, x: Array, W: Array, start: Array | None = None) -> Array:
        x = functions.plain(x)
        y = numpy.empty((*x.shape[:-1], len(W)), x.dtype)
        if start is not None:
            start = functions.plain(start)
            if start.shape not in (y.shape, y.shape[-1:]):
                start = numpy.ascontiguousarray(numpy.broadcast_to(start, y.shape))
        if y.size:
            self.engine.product(x, W, start, y)
        return y

    def outer_sum(self, dz: Array, x: Array) -> Array:
        events, steps = dz.shape[0] if dz.ndim > 1 else 1, prod(dz.shape[1:-1])
        result = numpy.empty((dz.shape[-1], x.shape[-1]), x.dtype)
        rows = (functions.plain(a).reshape(events, steps, a.shape[-1]) for a in (dz, x))
        self.engine.outer_sum(*rows, result)
        return result

    def sum(self, x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
        axes = axis if isinstance(axis, tuple) else (axis,)
        rows = numpy.ascontiguousarray(numpy.moveaxis(x, axes, range(len(axes))))
        events, *steps = rows.shape[: len(axes)]
        kept = rows.shape[len(axes) :]
        result = numpy.empty(prod(kept), x.dtype)
        self.engine.sum(rows.reshape(events, prod(steps), prod(kept)), result)
        result = result.reshape(kept)
        return numpy.expand_dims(result, axes) if keepdims else result

    def max(self, x: Array, axis: int, keepdims: bool = False) -> Array:
        first, *others = numpy.moveaxis(x, axis, 0)
        for other in others:
            first = self.maximum(first, other)
        return numpy.expand_dims(first, axis) if keepdims else first

    def exp(self, x: Array) -> Array:
        return self._function("exp", x)

    def expm1(self, x: Array) -> Array:
        return self._function("expm1", x)

    def log(self, x: Array) -> Array:
        return self._function("log", x)

    def tanh(self, x: Array) -> Array:
        return self._function("tanh", x)

    def sigmoid(self, x: Array) -> Array:
        return self._function("sigmoid", x)

    def erf(self, x: Array) -> Array:
        return self._function("erf", x)

    def maximum(self, x: Array, y: Array | float) -> Array:
        # NumPy's own may give either zero of -0.0 and 0.0.
        return numpy.where((x >= y) | (x != x), x, y)

    def minimum(self, x: Array, y: Array | float) -> Array:
        return numpy.where((x <= y) | (x != x), x, y)

    def scatter_sum(self, ids: Array, dy: Array, rows: int) -> Array:
        return scatter.scatter_sum(ids, dy, rows)

    def _function(self, name: str, x: Array) -> Array:
        x = functions.plain(x)
        y = numpy.empty_like(x)
        self.engine.activate(functions.KINDS[name], 0.0, x, y)
        return y


def _usual_threads(kernels: Any) -> int:
    """Give the number of threads where nobody asks for one: NETSPEC_THREADS, or all processors."""
    said = os.environ.get(THREADS)
    if said:
        return number_of_threads(said, f"{THREADS} in the environment")
    return int(kernels.processors())
