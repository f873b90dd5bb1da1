"""Every way to multiply x (rows, k) by W (m, k).

Each tile of `backends/cuda/products.py`, the kernel for rows of few numbers, what the matrix units
do in lower precision, and the device's own library in full float32, whose sums are its own affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import gcd

import numpy

from ....backends.cuda import CudaBackend, mma_products, products
from ....precision import BITS
from ....randomness import Stream
from .timing import Row, seconds_of

Shape = tuple[int, int, int]  # rows, m, k

SHAPES: tuple[Shape, ...] = (
    (100_000, 2048, 512), (4096, 4096, 4096), (4096, 512, 256), (1000, 256, 256), (1000, 64, 600),
    (1_000_000, 40, 10), (1_000_000, 40, 30), (1_000_000, 256, 64), (1_000_000, 1, 64),
    (200_000, 64, 600), (200_000, 16, 600), (200_000, 1, 600), (100, 64, 64), (16, 1024, 1024),
    (1, 1024, 1024), (1, 4096, 4096), (4096, 1000, 1001),
)  # fmt: skip


def rows(b: CudaBackend, shape: Shape, dtype: str, least: float) -> Iterator[Row]:
    """Time every way of a shape."""
    n, m, k = shape
    size = numpy.dtype(dtype).itemsize
    facts = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    numbers = Stream("bench", "products").uniform((9973,)).astype(dtype)
    x, W = (b.cupy.asarray(numpy.resize(numbers, many)) for many in ((n, k), (m, k)))
    copy = gcd(16, k * size)
    taken = products.plan(n, m, k, size, copy, *facts)
    launches = [products.tiled(tile, n, m, size, copy) for tile in products.TILES[size]]
    if k * size <= products.NARROW:
        launches.append(products.narrow(n, m, k, size, copy, *facts))
    work = 2.0 * n * m * k, float(n * k + m * k + n * m) * size
    for launch in launches:
        if launch.shared <= facts[1]:
            call = partial(products.product, b, x, W, launch=launch)
            seconds = seconds_of(b, call, least)
            yield Row(shape, _name(launch), seconds, launch == taken, *work)
    for precision in BITS:
        if mma_products.worth_it(precision, dtype, n, m, k):
            lower = CudaBackend(None, b.gpu.number, precision)
            seconds = seconds_of(b, partial(products.product, lower, x, W), least)
            yield Row(shape, f"matrix units {precision}", seconds, False, *work)
    if hasattr(b.cupy, "matmul"):
        seconds = seconds_of(b, partial(b.cupy.matmul, x, W.T), least)
        yield Row(shape, "the device's library", seconds, False, *work)


def _name(launch: products.Launch) -> str:
    words = ("ROWS", "OUTPUTS", "OWN_ROWS", "OWN_OUTPUTS", "STAGES", "FEATURES", "TOGETHER")
    file = launch.file.removesuffix(".cu").removesuffix("_products")
    return " ".join([file, *(str(launch.macros[word]) for word in words if word in launch.macros)])
