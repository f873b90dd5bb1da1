"""Every way to add up the slope in a matrix: dz (batch, steps, m) by x (batch, steps, k).

Each cut of `backends/cuda/sums.py`, dz's own sum, which only reads, and the device's own library in
full float32, whose sums are its own affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy

from ....backends.cuda import sums
from ....randomness import Stream
from .timing import Row, seconds_of

if TYPE_CHECKING:
    from ....backends.cuda import CudaBackend

Shape = tuple[int, int, int, int]  # batch, steps, m, k

SHAPES: tuple[Shape, ...] = (
    (64, 100, 512, 64), (64, 100, 512, 128), (1000, 20, 128, 10), (1000, 20, 128, 32),
    (4096, 50, 128, 64), (256, 200, 2048, 256), (256, 200, 2048, 512), (1, 100, 512, 128),
    (100, 10, 40, 30), (100, 1, 64, 100), (4096, 1, 1, 64), (100_000, 20, 128, 42),
)  # fmt: skip


def rows(b: CudaBackend, shape: Shape, dtype: str, least: float) -> Iterator[Row]:
    """Time every way of a shape."""
    batch, steps, m, k = shape
    size = numpy.dtype(dtype).itemsize
    numbers = Stream("bench", "sums").uniform((9973,)).astype(dtype)
    dz, x = (b.cupy.asarray(numpy.resize(numbers, (batch, steps, many))) for many in (m, k))
    taken = sums.cut_for(b.kernels.multiprocessors, m, k, size, batch, steps)
    work = 2.0 * batch * steps * m * k, float(batch * steps * (m + k)) * size
    for cut in sums.cuts(size):
        seconds = seconds_of(b, partial(sums.outer_sum, b, dz, x, cut=cut), least)
        way = f"{cut.tall} x {cut.wide}, steps {cut.group}"
        yield Row(shape, way, seconds, cut == taken, *work)
    seconds = seconds_of(b, partial(sums.total, b, dz, (0, 1)), least)
    alone = float(batch * steps * m)
    yield Row(shape, "dz alone", seconds, False, alone, alone * size)
    if hasattr(b.cupy, "matmul"):
        flat = [a.reshape(batch * steps, a.shape[-1]) for a in (dz, x)]
        seconds = seconds_of(b, partial(b.cupy.matmul, flat[0].T, flat[1]), least)
        yield Row(shape, "the device's library", seconds, False, *work)
