"""The least time of a shape on a device: S. Williams, A. Waterman, D. Patterson, CACM 52 (2009) 65.

    seconds = max(bytes that must move / bytes a second, operations / operations a second)

Of a call, x, y and the weights move once, and the products are the operations. Of a step of
training x moves twice, with the targets, with what the way back must know of every step (gates and,
of an lstm, cells, written and read) and with the weights, their slopes and Adam's two memories of
them. The rates are measured: a copy within the device, and a large product in full float32, on the
device's own library; where that is not installed there is no roofline.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from .. import lesson
from ..shapes import CELLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..shapes import Shape

COPIED = 2**30  # bytes
SIDE = {"float32": 8192, "float64": 4096}  # rows and columns of the product
TIMES = 5


class Ceiling(NamedTuple):
    """What a device does in a second: bytes read and written, operations in 10^9 by dtype."""

    bytes: float
    gflops: dict[str, float]


def measure(cupy: Any, clock: Callable[[], float]) -> Ceiling:
    """Measure both, the best of a few times each; TF32 stays off, as CuPy has it."""
    copied = 2 * COPIED / _least(_copy(cupy), clock)
    gflops = {}
    try:
        for dtype, side in SIDE.items():
            gflops[dtype] = 2e-9 * side**3 / _least(_product(cupy, side, dtype), clock)
    except ImportError:  # no cuBLAS, which netspec itself does without
        pass
    return Ceiling(copied, gflops)


def _copy(cupy: Any) -> Callable[[], Any]:
    numbers = cupy.ones(COPIED // 8, "float64")
    return partial(cupy.copyto, cupy.empty_like(numbers), numbers)


def _product(cupy: Any, side: int, dtype: str) -> Callable[[], Any]:
    # NumPy draws: what draws on a device is a library of its own, which need not be there.
    drawn = numpy.random.default_rng(1).standard_normal((side, side), numpy.dtype(dtype).type)
    a = cupy.asarray(drawn)
    return partial(cupy.matmul, a, a, cupy.empty_like(a))


def _least(call: Callable[[], Any], clock: Callable[[], float]) -> float:
    call()
    found = []
    for _ in range(TIMES):
        start = clock()
        call()
        found.append(clock() - start)
    return min(found)


def least_seconds(shape: Shape, ceiling: Ceiling, train: bool) -> float | None:
    """Give the least time of a call, or of a step of training; None where it is not known."""
    if shape.dtype not in ceiling.gflops:
        return None
    gflop = lesson.gflop(shape) if train else shape.gflop
    moved = bytes_moved(shape, train)
    return max(moved / ceiling.bytes, gflop / ceiling.gflops[shape.dtype])


def bytes_moved(shape: Shape, train: bool) -> int:
    """Give the bytes that must move in a call, or in a step of training.

    >>> from ..shapes import parse
    >>> bytes_moved(parse("10,100,30,10"), train=False)  # x, y, weights
    166560
    """
    ways = 2 if shape.direction == "both" else 1
    rows, units, gates = shape.steps * shape.batch, ways * shape.units, CELLS[shape.cell]
    x = rows * shape.features
    y = (rows if shape.sequences else shape.batch) * units
    weights = gates * units * (shape.features + shape.units + 1)
    numbers = x + y + weights
    if train:
        kept = rows * units * (gates + (shape.cell == "lstm"))
        numbers = 2 * x + 3 * y + 2 * kept + 7 * weights
    return numbers * (8 if shape.dtype == "float64" else 4)
