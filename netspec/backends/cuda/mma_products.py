"""Products by the GPU's matrix units, factors rounded to tf32 or bf16 (`mma_products.cu`).

This is what a network's `precision` permits: y = f(start + sum over k of r(x[k]) r(w[k])), where r
rounds and the sums are float32's. The bits are the device's own. Products that wait for memory
anyway, and those of a few rows, gain nothing and stay in full float32: `worth_it` says which.
All arrays are bare.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

WORDS, STRIDE = 32, 36  # of a slab's row, in shared memory
LEAST: Final = 16  # rows, outputs and terms from which on the matrix units have enough to do
INTENSITY: Final = 32  # m k / (m + k) from which on many rows wait for sums, not for memory
RATE: Final = {"tf32": 600.0, "bf16": 1200.0}  # products of a multiprocessor a cycle, a guess
LOADED: Final = 24.0  # bytes that it gets from the second cache a cycle, a guess


class Tile(NamedTuple):
    """What `mma_products.cu` is compiled for: a block's numbers, shared out among its warps."""

    rows: int
    outputs: int
    down: int
    across: int
    share: float  # of RATE, a guess

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return 32 * self.down * self.across

    @property
    def shared(self) -> int:
        """Bytes of a block's shared memory."""
        return 2 * (self.rows + self.outputs) * STRIDE * 4


TILES: Final = (
    Tile(128, 128, 2, 4, 0.8),
    Tile(64, 64, 2, 2, 0.6),
    Tile(32, 32, 1, 2, 0.3),
)


def worth_it(precision: str, dtype: Any, rows: int, m: int, k: int) -> bool:
    """Say whether a product is left to the matrix units: x (rows, k), W (m, k)."""
    return (
        precision in RATE
        and dtype == "float32"
        and min(rows, m, k) >= LEAST
        and m * k >= INTENSITY * (m + k)
    )


@lru_cache(1024)
def tile(precision: str, rows: int, m: int, k: int, multiprocessors: int, shared: int) -> Tile:
    """Choose the tile by the cycles that a term of all sums would take."""

    def cycles(tile: Tile) -> float:
        turns = -(-(-(-rows // tile.rows) * -(-m // tile.outputs)) // multiprocessors)
        computed = tile.rows * tile.outputs / (RATE[precision] * tile.share)
        return turns * max(computed, (tile.rows + tile.outputs) * 4 / LOADED)

    return min((tile for tile in TILES if tile.shared <= shared), key=cycles)


def launch(b: Any, copy: int, kind: int, args: list[Any], chosen: Tile) -> None:
    """Launch the kernel with its own arguments; `kind` is the activation's number."""
    rows, m = args[5:7]
    macros: dict[str, str | int] = {
        "NUMBER": "float",
        "BF16": int(b.precision == "bf16"),
        "ROWS": chosen.rows,
        "OUTPUTS": chosen.outputs,
        "WARPS_DOWN": chosen.down,
        "WARPS_ACROSS": chosen.across,
        "COPY": copy,
        "ACTIVATION": kind,
    }
    blocks = (-(-rows // chosen.rows) * -(-m // chosen.outputs),)
    b.kernels.launch(
        "mma_products.cu", macros, "mma_product", blocks, (chosen.threads,), args, chosen.shared
    )
