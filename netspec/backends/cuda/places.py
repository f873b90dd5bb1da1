"""What moves whole entries and computes nothing, or compares them along an axis (`places.cu`)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy

from . import elementwise


def concatenate(b: Any, arrays: Sequence[Any], axis: int) -> Any:
    """Join along an axis that is there."""
    bare = [b.bare(array) for array in arrays]
    axis %= bare[0].ndim
    dtype = numpy.result_type(*(array.dtype for array in bare))
    length = sum(array.shape[axis] for array in bare)
    shape = (*bare[0].shape[:axis], length, *bare[0].shape[axis + 1 :])
    joined = b.cupy.empty(shape, dtype)
    first = 0
    for array in bare:
        last = first + array.shape[axis]
        elementwise.write(b.kernels, joined[(slice(None),) * axis + (slice(first, last),)], array)
        first = last
    return joined


def gather(b: Any, W: Any, ids: Any) -> Any:
    """Give row ids[...] of W."""
    W, ids = b.plain(W), _whole(b, ids)
    y = b.cupy.empty((*ids.shape, W.shape[1]), W.dtype)
    _launch(b, "gather", y, [W, ids, y, y.size, W.shape[1], len(W)])
    return y


def search(b: Any, edges: Any, x: Any) -> Any:
    """Count the edges that are <= x, all of them for a NaN."""
    edges, x = b.plain(edges), b.plain(x)
    dtype = numpy.result_type(edges.dtype, x.dtype)
    edges, x = (
        a if a.dtype == dtype else elementwise.cast(b.kernels, a, dtype) for a in (edges, x)
    )
    counts = b.cupy.empty(x.shape, numpy.int64)
    _launch(b, "search", counts, [edges, len(edges), x, counts, x.size], x)
    return counts


def mask(b: Any, lengths: Any, steps: int) -> Any:
    """Say which steps are valid."""
    lengths = _whole(b, lengths)
    truth = b.cupy.empty((len(lengths), steps), numpy.bool_)
    _launch(b, "mask", truth, [lengths, truth, truth.size, steps])
    return truth


def all_hold(b: Any, truth: Any) -> bool:
    """Whether all are true; the GPU is waited for."""
    truth = b.plain(truth)
    flag = b.cupy.asarray(numpy.ones(1, numpy.int64))
    if truth.size:
        _launch(b, "all", truth, [truth, flag, truth.size])
    return bool(flag.get()[0])


def reverse(b: Any, x: Any, lengths: Any) -> Any:
    """Turn the valid part of each sequence round."""
    x = b.plain(x)
    y = b.cupy.empty(x.shape, x.dtype)
    _launch(b, "reverse", y, [x, _whole(b, lengths), y, y.size, x.shape[1], prod(x.shape[2:])])
    return y


def pick(b: Any, x: Any, lengths: Any) -> Any:
    """Give the last valid step of each sequence."""
    x = b.plain(x)
    y = b.cupy.empty((len(x), *x.shape[2:]), x.dtype)
    _launch(b, "pick", y, [x, _whole(b, lengths), y, y.size, x.shape[1], prod(x.shape[2:])])
    return y


def place(b: Any, y: Any, lengths: Any, steps: int) -> Any:
    """Give `pick`'s way back; without lengths the last step is the last valid one."""
    y = b.plain(y)
    x = b.cupy.empty((len(y), steps, *y.shape[1:]), y.dtype)
    valid = None if lengths is None else _whole(b, lengths)
    _launch(b, "place", x, [y, valid, x, x.size, steps, prod(y.shape[1:])])
    return x


def largest(b: Any, x: Any, axis: int, keepdims: bool) -> Any:
    """Give the maximum along an axis, from its first entry on."""
    x = b.plain(x)
    axis %= x.ndim
    outer, count, inner = prod(x.shape[:axis]), x.shape[axis], prod(x.shape[axis + 1 :])
    m = b.cupy.empty((*x.shape[:axis], *(1,) * keepdims, *x.shape[axis + 1 :]), x.dtype)
    _launch(b, "largest", m, [x, m, outer * inner, count, inner])
    return m


def _whole(b: Any, numbers: Any) -> Any:
    """Give whole numbers, packed, as int64."""
    numbers = b.bare(numbers)
    if numbers.dtype != numpy.int64:
        return elementwise.cast(b.kernels, numbers, numpy.int64)
    return b.plain(numbers)


def _launch(b: Any, entry: str, out: Any, args: Sequence[Any], of: Any = None) -> None:
    """Launch a thread for each entry of `out`; the kernel's numbers are those of `of`, or of it."""
    if out.size:
        number = elementwise.TYPES[(out if of is None else of).dtype.name]
        index = elementwise.index_of(out.size)
        macros: dict[str, str | int] = {"NUMBER": number, "DIMS": 1, "INDEX": index}
        grid = (elementwise.blocks(b.kernels, out.size),)
        b.kernels.launch("places.cu", macros, entry, grid, (elementwise.BLOCK,), args)
