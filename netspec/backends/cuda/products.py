"""Matrix products on the GPU: f(start + x W^T), one kernel each (rule 1 of `kernels/README.md`).

Two kernels share the work out: `narrow_products.cu` takes many rows of few numbers, which wait for
memory, `products.cu` all others, by tiles. Which one, and which tile, changes no bit: `plan` weighs
how long each would take. All arrays are bare.

Where the backend's precision permits it, large ones are `mma_products.py`'s.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd, prod
from typing import Any, Final, NamedTuple

from . import functions, mma_products
from .trees import number


class Tile(NamedTuple):
    """What `products.cu` is compiled for; `share` of the multiplications a second that it reaches.

    The shares are guesses from the machine code and the loads of shared memory, not measured.
    """

    rows: int
    outputs: int
    own_rows: int
    own_outputs: int
    terms: int
    stages: int
    share: float

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return self.rows // self.own_rows * (self.outputs // self.own_outputs)


class Launch(NamedTuple):
    """A kernel and how it is launched, but for its arguments."""

    file: str
    macros: dict[str, str | int]
    grid: int
    threads: int
    shared: int


TILES: Final = {
    4: (
        Tile(128, 128, 8, 8, 16, 2, 0.80),
        Tile(64, 64, 8, 8, 16, 2, 0.75),
        Tile(128, 32, 8, 4, 16, 2, 0.70),
        Tile(128, 16, 8, 2, 16, 3, 0.50),
        Tile(32, 32, 4, 2, 32, 3, 0.50),
        Tile(16, 32, 4, 1, 32, 6, 0.35),
        Tile(4, 32, 4, 1, 32, 8, 0.35),
        Tile(1, 32, 1, 1, 32, 8, 0.15),
    ),
    8: (
        Tile(128, 64, 8, 4, 8, 2, 0.80),
        Tile(64, 32, 8, 4, 8, 2, 0.75),
        Tile(128, 16, 8, 2, 8, 2, 0.65),
        Tile(128, 8, 8, 1, 8, 3, 0.50),
        Tile(32, 32, 4, 2, 16, 3, 0.50),
        Tile(16, 32, 4, 1, 16, 6, 0.40),
        Tile(4, 32, 4, 1, 16, 8, 0.40),
        Tile(1, 32, 1, 1, 16, 8, 0.20),
    ),
}  # fmt: skip
RATE: Final = 128  # float32 multiplications of a multiprocessor a cycle, twice those of float64
LOADED: Final = 16  # bytes that it gets from memory a cycle
LATENCY: Final = 5  # cycles from one term of a chain to its next
BUSY_ROWS: Final = 4096  # from which on x is a stream
NARROW: Final = 256  # bytes of a row of x up to which the narrow kernel takes it
WARPS, LANES, ROWS_OF_WARP = 4, 8, 32  # of the narrow kernel


def product(
    b: Any,
    x: Any,
    W: Any,
    start: Any = None,
    function: Any = None,
    launch: Launch | None = None,
) -> Any:
    """Give f(start + x W^T): x (..., k), W (m, k), start (..., m) or (m,) or None; result (..., m).

    `function` is an activation of a spec, or None. `launch` is what `plan` would choose.
    """
    x, W = b.plain(x), b.plain(W)
    (m, k), rows = W.shape, prod(x.shape[:-1])
    y = b.cupy.empty((*x.shape[:-1], m), x.dtype)
    if not y.size:
        return y
    if start is not None:
        start = _spread(b, start, y)
    each = start is not None and start.ndim > 1
    pair = functions.LINEAR if function is None else functions.of(function)
    apart = pair is None or pair == functions.SOFTMAX
    kind, option = functions.LINEAR if pair is None or apart else pair
    copy = _alignment(k * x.itemsize, x, W)
    size = x.itemsize
    facts = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    args = [x, W, start, m if each else 0, y, rows, m, k, option]
    if launch is None and mma_products.worth_it(b.precision, x.dtype, rows, m, k):
        mma_products.launch(b, copy, kind, args, mma_products.tile(b.precision, rows, m, k, *facts))
        return functions.apply(b, function, y) if apart else y
    chosen = launch or plan(rows, m, k, size, copy, *facts)
    macros = chosen.macros | number(x.dtype) | {"ACTIVATION": kind}
    if chosen.file == "products.cu":
        name = "product"
    else:
        macros["EACH"] = int(each)
        name, args = "narrow_product", [x, W, start, y, rows, m, option]
    b.kernels.launch(
        chosen.file, macros, name, (chosen.grid,), (chosen.threads,), args, chosen.shared
    )
    return functions.apply(b, function, y) if apart else y


@lru_cache(1024)
def plan(
    rows: int, m: int, k: int, size: int, copy: int, multiprocessors: int, shared: int
) -> Launch:
    """Choose a kernel for x (rows, k), W (m, k) of numbers of `size` bytes.

    `copy` bytes at a time can be copied; the device has so many multiprocessors, and lends a block
    `shared` bytes.
    """
    if rows >= BUSY_ROWS and 0 < k * size <= NARROW:
        launch = narrow(rows, m, k, size, copy, multiprocessors, shared)
        if launch.shared <= shared:
            return launch
    fitting = [tile for tile in TILES[size] if _shared(tile, size) <= shared]

    def cycles(tile: Tile) -> tuple[float, int]:
        """Give cycles for each term, and what decides between equals: all that is computed."""
        blocks = -(-rows // tile.rows) * -(-m // tile.outputs)
        turns, area = -(-blocks // multiprocessors), tile.rows * tile.outputs
        computed = turns * area * size / (4 * RATE * tile.share)
        loaded = turns * (tile.rows + tile.outputs) * size / LOADED
        alone = max(tile.own_rows * tile.own_outputs, LATENCY) * size / 4
        return max(computed, loaded, alone), blocks * area

    return tiled(min(fitting, key=cycles), rows, m, size, copy)


def tiled(tile: Tile, rows: int, m: int, size: int, copy: int) -> Launch:
    """Give the launch of `products.cu` for a tile."""
    macros: dict[str, str | int] = {
        "ROWS": tile.rows,
        "OUTPUTS": tile.outputs,
        "OWN_ROWS": tile.own_rows,
        "OWN_OUTPUTS": tile.own_outputs,
        "TERMS": tile.terms,
        "STAGES": tile.stages,
        "COPY": copy,
    }
    grid = -(-rows // tile.rows) * -(-m // tile.outputs)
    return Launch("products.cu", macros, grid, tile.threads, _shared(tile, size))


def narrow(
    rows: int, m: int, k: int, size: int, copy: int, multiprocessors: int, shared: int
) -> Launch:
    """Give the launch of `narrow_products.cu`: as many blocks as there can be at once."""
    most = LANES * 32 // size  # outputs of a tile: eight of float32 for a thread, four of float64
    tiles = -(-m // most)
    width = -(-m // tiles)
    # A thread writes up to 16 bytes at once, where rows of y allow it and whole sectors are not
    # written anyway.
    together = gcd(m, 16 // size)
    own = -(-width // LANES) if m % LANES == 0 else together * -(-width // (LANES * together))
    together = gcd(own, together)
    bytes_of_block = (LANES * own + WARPS * 2 * ROWS_OF_WARP) * _stride(k, size) * size
    at_once = max(1, min(shared // bytes_of_block, 4)) * multiprocessors
    groups = -(-rows // (WARPS * ROWS_OF_WARP))
    turns = -(-groups // max(1, at_once // tiles))
    macros: dict[str, str | int] = {
        "FEATURES": k,
        "OWN_OUTPUTS": own,
        "TOGETHER": together,
        "COPY": copy,
    }
    tiles = -(-m // (LANES * own))
    grid = -(-groups // turns) * tiles
    return Launch("narrow_products.cu", macros, grid, WARPS * 32, bytes_of_block)


def _spread(b: Any, start: Any, y: Any) -> Any:
    """Give start as a kernel takes it, for each output or for each number of y."""
    if start.shape not in (y.shape, y.shape[-1:]):
        start = b.cupy.broadcast_to(start, y.shape)
    return b.plain(start)


def _alignment(row: int, *arrays: Any) -> int:
    """Give the bytes that every row begins at a multiple of: 16, 8 or 4."""
    return gcd(16, row, *(int(array.data.ptr) for array in arrays))


def _stride(terms: int, size: int) -> int:
    """Give the numbers from row to row in shared memory (`stride_of` in products.h)."""
    pack = 16 // size
    return (-(-terms // pack) | 1) * pack


def _shared(tile: Tile, size: int) -> int:
    """Give the shared memory of a block of `products.cu`, in bytes."""
    slabs = tile.stages * (tile.rows + tile.outputs) * _stride(tile.terms, size)
    return (slabs + tile.rows * (tile.outputs + 8)) * size
