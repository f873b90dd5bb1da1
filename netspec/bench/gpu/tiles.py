"""A script of its own: how fast a GPU multiplies matrices in every way that netspec knows.

    python -m netspec.bench.gpu.tiles [float32|float64]

For each shape, x (rows, k) by W (m, k), it times each tile of `backends/cuda/products.py`, the
kernel for rows of few numbers, what the matrix units do in lower precision, and the device's own
library in full float32, whose sums are its own affair. Marked `*` is the way that `plan` takes; a
faster one beside it says that a share there is a poor guess.
"""

from __future__ import annotations

import sys
from functools import partial
from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ...backends.cuda import CudaBackend, mma_products, products
from ...precision import BITS
from ...randomness import Stream
from .clock import EventClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Shape = tuple[int, int, int]  # rows, m, k

SHAPES: tuple[Shape, ...] = (
    (100_000, 2048, 512), (4096, 4096, 4096), (4096, 512, 256), (1000, 256, 256), (1000, 64, 600),
    (1_000_000, 40, 10), (1_000_000, 40, 30), (1_000_000, 256, 64), (1_000_000, 1, 64),
    (200_000, 64, 600), (200_000, 16, 600), (200_000, 1, 600), (100, 64, 64), (16, 1024, 1024),
    (1, 1024, 1024), (1, 4096, 4096), (4096, 1000, 1001),
)  # fmt: skip
TIMES, LEAST = 5, 1e-3  # runs, of so many calls that one run takes `LEAST` seconds


class Row(NamedTuple):
    """One way to multiply one shape: seconds a call, and whether it is the way that is taken."""

    shape: Shape
    way: str
    seconds: float
    taken: bool
    itemsize: int

    def __str__(self) -> str:
        """Give a line of the table."""
        rows, m, k = self.shape
        moved = (rows * k + m * k + rows * m) * self.itemsize
        return (
            f"{rows:>8} {m:>5} {k:>5}  {self.way:<32}{'*' if self.taken else ' '}"
            f"{1e6 * self.seconds:>10.1f} us {2e-9 * rows * m * k / self.seconds:>9.0f} GFLOP/s"
            f" {1e-9 * moved / self.seconds:>7.0f} GB/s"
        )


def table(b: CudaBackend, shapes: Sequence[Shape], dtype: str, least: float) -> Iterator[Row]:
    """Time every way of every shape."""
    size = 8 if dtype == "float64" else 4
    facts = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    numbers = Stream("bench", "tiles").uniform((9973,)).astype(dtype)
    for shape in shapes:
        rows, m, k = shape
        x, W = (b.cupy.asarray(numpy.resize(numbers, many)) for many in ((rows, k), (m, k)))
        copy = gcd(16, k * size)
        taken = products.plan(rows, m, k, size, copy, *facts)
        launches = [products.tiled(tile, rows, m, size, copy) for tile in products.TILES[size]]
        if k * size <= products.NARROW:
            launches.append(products.narrow(rows, m, k, size, copy, *facts))
        for launch in launches:
            if launch.shared <= facts[1]:
                call = partial(products.product, b, x, W, launch=launch)
                yield Row(shape, _name(launch), seconds_of(b, call, least), launch == taken, size)
        for precision in BITS:
            if mma_products.worth_it(precision, dtype, rows, m, k):
                lower = CudaBackend(None, b.gpu.number, precision)
                call = partial(products.product, lower, x, W)
                yield Row(
                    shape, f"matrix units {precision}", seconds_of(b, call, least), False, size
                )
        if hasattr(b.cupy, "matmul"):
            call = partial(b.cupy.matmul, x, W.T)
            yield Row(shape, "the device's library", seconds_of(b, call, least), False, size)


def _name(launch: products.Launch) -> str:
    words = ("ROWS", "OUTPUTS", "OWN_ROWS", "OWN_OUTPUTS", "STAGES", "FEATURES", "TOGETHER")
    file = launch.file.removesuffix(".cu").removesuffix("_products")
    return " ".join([file, *(str(launch.macros[word]) for word in words if word in launch.macros)])


def seconds_of(b: CudaBackend, call: Any, least: float) -> float:
    """Give the least seconds of a call, by the device's clock."""
    call()
    calls, found = 1, float("inf")
    for _ in range(TIMES):
        clock = EventClock(b.cupy.cuda)
        for _ in range(calls):
            call()
        passed = clock()
        found = min(found, passed / calls)
        if passed < least:
            calls = min(2 * calls + int(least / max(found, 1e-7)), 1000)
    return found


def main(dtype: str = "float32") -> None:
    """Print the table, line by line."""
    b = CudaBackend()
    with b.computing():
        for row in table(b, SHAPES, dtype, LEAST):
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
