"""A script of its own: how fast a GPU adds up the slopes in a matrix, in every cut that there is.

    python -m netspec.bench.gpu.sums [float32|float64]

For each shape, dz (batch, steps, m) and x (batch, steps, k), it times each cut of
`backends/cuda/sums.py`, the sum of dz alone, and the device's own library, whose sums are its own
affair. Marked `*` is the cut that is taken; a faster one beside it says that a constant there is a
poor guess.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy

from ...backends.cuda import CudaBackend, sums
from ...randomness import Stream
from .tiles import LEAST, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Shape = tuple[int, int, int, int]  # batch, steps, m, k

SHAPES: tuple[Shape, ...] = (
    (64, 100, 512, 64), (64, 100, 512, 128), (1000, 20, 128, 10), (1000, 20, 128, 32),
    (4096, 50, 128, 64), (256, 200, 2048, 256), (256, 200, 2048, 512), (1, 100, 512, 128),
    (100, 10, 40, 30), (100, 1, 64, 100), (4096, 1, 1, 64), (100_000, 20, 128, 42),
)  # fmt: skip


class Row(NamedTuple):
    """One way to add up one shape: seconds a call, and whether it is the way that is taken."""

    shape: Shape
    way: str
    seconds: float
    taken: bool
    itemsize: int

    def __str__(self) -> str:
        """Give a line of the table."""
        batch, steps, m, k = self.shape
        moved = batch * steps * (m + k) * self.itemsize
        return (
            f"{batch:>7} {steps:>4} {m:>5} {k:>4}  {self.way:<24}{'*' if self.taken else ' '}"
            f"{1e6 * self.seconds:>10.1f} us {2e-9 * batch * steps * m * k / self.seconds:>9.0f}"
            f" GFLOP/s {1e-9 * moved / self.seconds:>7.0f} GB/s"
        )


def table(b: CudaBackend, shapes: Sequence[Shape], dtype: str, least: float) -> Iterator[Row]:
    """Time every way of every shape."""
    size = 8 if dtype == "float64" else 4
    numbers = Stream("bench", "sums").uniform((9973,)).astype(dtype)
    for shape in shapes:
        batch, steps, m, k = shape
        dz, x = (b.cupy.asarray(numpy.resize(numbers, (batch, steps, many))) for many in (m, k))
        taken = sums.cut_for(b.kernels.multiprocessors, m, k, size, batch, steps)
        for cut in sums.cuts(size):
            call = partial(sums.outer_sum, b, dz, x, cut=cut)
            way = f"{cut.tall} x {cut.wide}, steps {cut.group}"
            yield Row(shape, way, seconds_of(b, call, least), cut == taken, size)
        call = partial(sums.total, b, dz, (0, 1))
        yield Row(shape, "dz alone", seconds_of(b, call, least), False, size)
        if hasattr(b.cupy, "matmul"):
            rows = [a.reshape(batch * steps, a.shape[-1]) for a in (dz, x)]
            call = partial(b.cupy.matmul, rows[0].T, rows[1])
            yield Row(shape, "the device's library", seconds_of(b, call, least), False, size)


def main(dtype: str = "float32") -> None:
    """Print the table, line by line."""
    b = CudaBackend()
    with b.computing():
        for row in table(b, SHAPES, dtype, LEAST):
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
