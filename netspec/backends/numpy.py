"""The reference: every primitive in NumPy, as plainly as it can be said.

It needs no compiler and agrees with the exact backends within a tolerance. Its matrix
products are BLAS's, so its bits hold for the same batch on the same machine only.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import erf, prod
from typing import Any

import numpy

from . import Array, Backend

_erf = numpy.frompyfunc(erf, 1, 1)


class NumpyBackend(Backend):
    """Arrays are `numpy.ndarray`."""

    name = "numpy"
    rows = 4096  # what a step works on then fits into a processor's caches

    def computing(self) -> AbstractContextManager[Any]:
        """Let infinities and NaN pass in silence: they are values like others."""
        return numpy.errstate(all="ignore")

    def array(self, values: Any) -> Array:
        return numpy.asarray(values)

    def numpy(self, array: Array) -> Any:
        return numpy.asarray(array)

    def empty(self, shape: Sequence[int], dtype: Any) -> Array:
        return numpy.empty(shape, dtype)

    def zeros(self, shape: Sequence[int], dtype: Any) -> Array:
        return numpy.zeros(shape, dtype)

    def product(self, x: Array, W: Array, start: Array | None = None) -> Array:
        # One product of two matrices: NumPy runs a stack of them several times slower.
        y = (x.reshape(prod(x.shape[:-1]), x.shape[-1]) @ W.T).reshape(*x.shape[:-1], W.shape[0])
        return y if start is None else start + y

    def outer_sum(self, dz: Array, x: Array) -> Array:
        rows = prod(dz.shape[:-1])
        return dz.reshape(rows, dz.shape[-1]).T @ x.reshape(rows, x.shape[-1])

    def sum(self, x: Array, axis: int | tuple[int, ...], keepdims: bool = False) -> Array:
        return numpy.sum(x, axis=axis, keepdims=keepdims)

    def max(self, x: Array, axis: int, keepdims: bool = False) -> Array:
        return numpy.max(x, axis=axis, keepdims=keepdims)

    def abs(self, x: Array) -> Array:
        return numpy.abs(x)

    def exp(self, x: Array) -> Array:
        return numpy.exp(x)

    def expm1(self, x: Array) -> Array:
        return numpy.expm1(x)

    def log(self, x: Array) -> Array:
        return numpy.log(x)

    def sqrt(self, x: Array) -> Array:
        return numpy.sqrt(x)

    def tanh(self, x: Array) -> Array:
        return numpy.tanh(x)

    def sigmoid(self, x: Array) -> Array:
        small = numpy.exp(-numpy.abs(x))
        return numpy.where(x < 0, small, 1) / (1 + small)

    def erf(self, x: Array) -> Array:
        return numpy.asarray(_erf(x)).astype(x.dtype)

    def maximum(self, x: Array, y: Array | float) -> Array:
        return numpy.maximum(x, y)

    def minimum(self, x: Array, y: Array | float) -> Array:
        return numpy.minimum(x, y)

    def where(self, condition: Array, x: Array | float, y: Array | float) -> Array:
        return numpy.where(condition, x, y)

    def stack(self, arrays: Sequence[Array], axis: int) -> Array:
        return numpy.stack(arrays, axis=axis)

    def concatenate(self, arrays: Sequence[Array], axis: int) -> Array:
        return numpy.concatenate(arrays, axis=axis)

    def mask(self, lengths: Array, steps: int) -> Array:
        return numpy.arange(steps) < lengths[:, None]

    def reverse(self, x: Array, lengths: Array | None) -> Array:
        if lengths is None:
            return x[:, ::-1]
        y = numpy.zeros_like(x)
        for row, length in enumerate(lengths):
            y[row, :length] = x[row, :length][::-1]
        return y

    def pick(self, x: Array, lengths: Array | None) -> Array:
        if lengths is None:
            return x[:, -1]
        rows = numpy.arange(len(x))
        return numpy.where((lengths > 0)[:, None], x[rows, lengths - 1], numpy.zeros((), x.dtype))

    def place(self, y: Array, lengths: Array | None, steps: int) -> Array:
        x = numpy.zeros((len(y), steps, *y.shape[1:]), y.dtype)
        if lengths is None:
            x[:, -1] = y
        else:
            rows = numpy.flatnonzero(lengths)
            x[rows, lengths[rows] - 1] = y[rows]
        return x

    def gather(self, W: Array, ids: Array) -> Array:
        return numpy.take(W, ids, axis=0)

    def search(self, edges: Array, x: Array) -> Array:
        return numpy.searchsorted(edges, x, side="right").astype("int64")

    def scatter_sum(self, ids: Array, dy: Array, rows: int) -> Array:
        W = numpy.zeros((rows, dy.shape[-1]), dy.dtype)
        numpy.add.at(W, ids, dy)
        return W
