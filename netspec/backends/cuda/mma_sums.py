"""Slopes in matrices by the GPU's matrix units, factors rounded (`mma_outer_sum.cu`).

This is what a network's `precision` permits: `sums.outer_sum` leaves large ones of float32 to it.
The rows, events and their steps in a line, are cut into groups whose sums are added up as partials,
in an order that is the same in every call.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from .mma_products import LOADED, RATE, WORDS, worth_it
from .trees import MOST_BLOCKS, sum_of_partials

__all__ = ["outer_sum", "worth_it"]

STREAM: Final = 2000.0  # bytes a cycle, of all multiprocessors: partials that are written and read
LEAST_ROWS: Final = 256  # of a group


class Cut(NamedTuple):
    """What `mma_outer_sum.cu` is compiled for, and the rows of a group."""

    tall: int
    wide: int
    down: int
    across: int
    share: float  # of RATE, a guess
    rows: int = 0

    @property
    def shared(self) -> int:
        """Bytes of a block's shared memory."""
        return 2 * WORDS * (self.tall + self.wide + 16) * 4

    def tiles(self, m: int, k: int) -> int:
        """Count the tiles of a matrix."""
        return -(-m // self.tall) * -(-k // self.wide)


CUTS: Final = (Cut(128, 128, 2, 4, 0.7), Cut(64, 64, 2, 2, 0.5))


def cut(precision: str, rows: int, m: int, k: int, multiprocessors: int) -> Cut:
    """Choose tile and groups by the cycles that all rows would take."""

    def cycles(one: Cut) -> float:
        groups, tiles = -(-rows // one.rows), one.tiles(m, k)
        turns = -(-groups * tiles // multiprocessors)
        computed = one.tall * one.wide / (RATE[precision] * one.share)
        row = max(computed, (one.tall + one.wide) * 4 / LOADED)
        partials = 2 * groups * m * k * 4 / STREAM if groups > 1 else 0
        return turns * one.rows * row + partials

    found = []
    for one in CUTS:
        for waves in (1, 2, 4):
            groups = max(1, waves * multiprocessors // one.tiles(m, k))
            each = max(-(-rows // groups), LEAST_ROWS, -(-rows // MOST_BLOCKS))
            found.append(one._replace(rows=-(-each // 64) * 64))
    return min(found, key=cycles)


def outer_sum(
    b: Any,
    dz: Any,
    x: Any,
    strides: list[tuple[int, int]],
    copies: tuple[int, int],
    lengths: Any,
    first: Any,
    drop: Any,
    reverse: bool,
    result: Any,
    chosen: Cut | None = None,
) -> None:
    """Write the sum of dz (events, steps, m) x (events, steps, k) to `result`, of m k numbers.

    `strides` are those of events and steps, in numbers; the rest is as in `sums.outer_sum`.
    """
    (events, steps, m), k = dz.shape, x.shape[-1]
    one = chosen or cut(b.precision, events * steps, m, k, b.kernels.multiprocessors)
    groups = -(-events * steps // one.rows)
    macros: dict[str, str | int] = {
        "BF16": int(b.precision == "bf16"),
        "ROWS": one.tall,
        "OUTPUTS": one.wide,
        "WARPS_DOWN": one.down,
        "WARPS_ACROSS": one.across,
        "COPY_DZ": copies[0],
        "COPY_X": copies[1],
    }
    partials = b.cupy.empty((1, groups, m * k), "float32") if groups > 1 else result
    args = [
        *(dz, *strides[0], x, *strides[1], lengths, first, drop, int(reverse), partials),
        *(events, steps, m, k, one.rows),
    ]
    threads = (32 * one.down * one.across,)
    b.kernels.launch(
        "mma_outer_sum.cu", macros, "mma_outer_sum", (one.tiles(m, k), groups), threads, args,
        one.shared,
    )  # fmt: skip
    if groups > 1:
        sum_of_partials(b, partials, result.reshape(m * k))
