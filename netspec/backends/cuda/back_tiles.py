"""How rows and units are shared out among the threads of `cuda/sweep_rows_back.cu`.

`tile_for` estimates, for each tile that there may be, what a step costs in cycles of a
multiprocessor, and gives the cheapest. The layout of shared memory is that of `cuda/back_tile.h`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import ceil
from typing import Final, NamedTuple

GATES: Final = {"rnn": 1, "lstm": 4, "gru": 3}

# What a multiprocessor of an H100 does in a cycle, about: bytes from memory and from the second
# cache; what a unit of a row costs beside its products, a piece that is copied, a slab and a step,
# in instructions of a warp. They choose between tiles; they are no measurements.
MEMORY, CACHE, SLOPES, COPY, TURN, STEP = 13.0, 24.0, 75, 6, 70, 200
LATENCY, BARRIER = 1200, 300  # cycles until memory answers, and that a step waits for its own
# Of the cycles, how many one, two, more warps of a quarter make use of in products, and elsewhere.
IN_PRODUCTS, ELSEWHERE = (0.92, 0.96, 0.97), (0.7, 0.85, 0.92)
TOGETHER = 1.05  # what it costs that warps wait for each other
MANY_TURNS, LAST_TURN = 4, 0.3  # turns of blocks that even out but for the last ones
BESIDE = 0.1  # of what does not hold up a step most, how much does not hide behind it
LARGE: Final = 5  # of shared memory, a share of U that leaves room for too few rows
REGISTERS, THREADS, RESIDENT, KEPT_FOR_BLOCK = 65536, 2048, 32, 1024


class Work(NamedTuple):
    """What a sweep asks of its tile; `size` is that of a number, in bytes."""

    cell: str
    units: int
    size: int
    reset_after: bool = False
    before: bool = False
    dy: bool = True
    masked: bool = False

    @property
    def pack(self) -> int:
        """Numbers of 16 bytes."""
        return 16 // self.size

    def terms(self, grain: int) -> int:
        """Count the terms of a step's products, each filled up to a multiple of `grain`."""
        n = self.units
        parts = (n, 2 * n) if self.cell == "gru" else (GATES[self.cell] * n,)
        return sum(_filled(part, grain) for part in parts)

    def stride(self, grain: int) -> int:
        """Count the numbers of a row in shared memory."""
        sides = (self.cell != "rnn") + (self.cell == "gru" and self.reset_after) + self.dy
        numbers = self.terms(grain) * (1 + self.before) + sides * _filled(self.units, self.pack)
        return (-(-numbers // self.pack) | 1) * self.pack

    @property
    def bytes_of_row(self) -> int:
        """Count what goes between memory and a row in a step."""
        gates, sides = GATES[self.cell], (self.cell != "rnn") + self.reset_after * 2 + self.dy
        return (gates * (2 + self.before) + sides) * self.units * self.size


class Tile(NamedTuple):
    """The macros of these names, `kept` being SLABS_KEPT, and a step in cycles, as estimated.

    `at_once`, BLOCKS, are those that a multiprocessor has room for.
    """

    rows: int
    packs: int
    across: int
    warps_across: int
    warps_down: int
    stages: int
    slab: int
    kept: int = -1
    places: int = 0
    at_once: int = 1
    cycles: float = 0.0

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return 32 * self.warps_across * self.warps_down

    @property
    def rows_of_block(self) -> int:
        """Rows of a block."""
        return self.rows * (32 // self.across) * self.warps_down

    @property
    def macros(self) -> dict[str, str | int]:
        """The tile as the kernel is told of it."""
        return {
            "ROWS": self.rows, "PACKS": self.packs, "ACROSS": self.across,
            "WARPS_ACROSS": self.warps_across, "WARPS_DOWN": self.warps_down,
            "STAGES": self.stages, "SLAB": self.slab, "SLABS_KEPT": self.kept,
            "PLACES": self.places, "BLOCKS": self.at_once,
        }  # fmt: skip

    def grain(self, work: Work) -> int:
        """Give what terms are filled up to."""
        return work.pack if self.kept < 0 else self.slab

    def columns(self, work: Work) -> int:
        """Count the numbers of a row of U in shared memory."""
        return self.across * self.warps_across * self.packs * work.pack

    def packed(self, work: Work) -> int:
        """Count the numbers of U as slabs are taken from it."""
        return work.terms(self.grain(work)) * self.columns(work)

    def shared(self, work: Work) -> int:
        """Count the bytes of shared memory of a block."""
        grain = self.grain(work)
        terms = work.terms(grain) if self.kept < 0 else (self.kept + self.places) * self.slab
        rows = self.stages * self.rows_of_block * work.stride(grain)
        return (terms * self.columns(work) + rows) * work.size

    def registers(self, work: Work) -> int:
        """Guess the registers of a thread."""
        numbers = self.rows * self.packs * work.pack
        tiles = 4 + (work.cell == "gru") + work.masked
        numbers = tiles * numbers + (self.rows + 2 * self.packs) * work.pack
        return min(255, 48 + numbers * work.size // 4)


def tiles(work: Work, most: int) -> Iterator[Tile]:
    """Give the tiles that there may be, of `most` bytes of shared memory."""
    sizes = product((1, 2), (1, 2, 4, 8), (1, 2, 3, 4, 6, 7, 8, 12, 16), (1, 2))
    for packs, rows, warps_down, stages in sizes:
        if rows * packs * work.pack > 128 // work.size:
            continue
        for across, warps_across in _ways_across(-(-work.units // (packs * work.pack))):
            if warps_across * warps_down > (32 if warps_down == 1 else 16):
                continue
            one = Tile(rows, packs, across, warps_across, warps_down, stages, 32)
            if one.shared(work) <= most:
                yield one
            if one.packed(work) * work.size > most // LARGE:
                yield from _streaming(one, work, most)


@lru_cache(512)
def _ways_across(groups: int) -> list[tuple[int, int]]:
    """Give how groups of units lie side by side: threads of a warp, and warps.

    All in one warp where they can, and those ways that leave the fewest threads idle.
    """

    def used(across: int) -> float:
        return groups * (32 // across) / (32 * -(-groups // across))

    best = sorted(range(1, 33), key=lambda across: (-used(across), -across))
    chosen = {min(groups, 32), *best[:4]}
    return [(across, -(-groups // across)) for across in sorted(chosen)]


def _streaming(tile: Tile, work: Work, most: int) -> Iterator[Tile]:
    """Give the tile whose matrix comes by in slabs, the longest that leave room for them.

    As many slabs stay as there is room for.
    """
    found = 0
    for slab, places in product((32, 16, 8, 4, 2), (3, 2)):
        one = tile._replace(slab=slab, kept=0, places=places)
        room = most - one.shared(work)
        if slab % work.pack or room < 0 or found == 2:
            continue
        found += 1
        size = slab * one.columns(work) * work.size
        yield one._replace(kept=min(room // size, max(work.terms(slab) // slab - 1, 0)))


def estimate(tile: Tile, work: Work, batch: int, processors: int) -> float:
    """Estimate the cycles that a step of all rows takes."""
    blocks = -(-batch // tile.rows_of_block)
    share = -(-blocks // processors)  # of the busiest
    there = min(share, tile.at_once)
    warps = there * tile.threads // 32
    rows = min(tile.rows_of_block * there, -(-batch // processors))
    streamed = 0 if tile.kept < 0 else work.terms(tile.slab) - tile.kept * tile.slab
    quarter = -(-warps // 4)
    alone = tile.kept < 0 and tile.warps_across == 1
    costs = sorted(
        (
            quarter * _issued(tile, work, min(quarter, 3) - 1),
            warps * _banks(tile, work),
            there * streamed * tile.columns(work) * work.size / CACHE,
            rows * work.bytes_of_row / MEMORY,
        )
    )
    waiting = (BARRIER + (2 - tile.stages) * LATENCY) / max(warps / 4 if alone else there, 1)
    turns: float = blocks / (processors * there)
    turns = ceil(turns) if turns <= MANY_TURNS else turns + LAST_TURN
    busy = costs[-1] + BESIDE * sum(costs[:-1])
    return turns * (busy * (1 if alone else TOGETHER) + waiting)


def _at_once(tile: Tile, work: Work, most: int) -> int:
    """Count the blocks that a multiprocessor holds."""
    registers = -(-tile.registers(work) // 8) * 8 * tile.threads
    return min(
        (most + KEPT_FOR_BLOCK) // (tile.shared(work) + KEPT_FOR_BLOCK),
        REGISTERS // registers, THREADS // tile.threads, RESIDENT,
    )  # fmt: skip


def _issued(tile: Tile, work: Work, together: int) -> float:
    """Count the cycles in which a warp issues a step; those of float64 count twice."""
    grain, twice = tile.grain(work), work.size // 4
    terms, numbers = work.terms(grain), tile.rows * tile.packs * work.pack
    products = terms * (numbers * twice + tile.rows / work.pack + tile.packs + 1)
    piece = max(p for p in (1, 2, 4) if p <= work.pack and work.units % p == 0)
    rows = tile.rows * (32 // tile.across) / tile.warps_across
    copies = rows * (work.stride(grain) + terms) / piece / 32 * COPY
    slabs = terms / tile.slab * TURN if tile.kept >= 0 or tile.stages == 1 else 0
    others = numbers * SLOPES * twice + copies + slabs + STEP
    return products / IN_PRODUCTS[together] + others / ELSEWHERE[together]


def _banks(tile: Tile, work: Work) -> float:
    """Count the cycles of shared memory that the products of a warp take in a step."""
    down = 32 // tile.across
    paired = 2 * (16 // tile.across) == down
    row = 1 if down == 1 else max(2 if paired else 4, -(-down // 8))
    column = max(2 if paired else 4, -(-tile.across // 8))
    return work.terms(tile.grain(work)) * (tile.rows / work.pack * row + tile.packs * column)


def candidates(work: Work, batch: int, processors: int, most: int) -> Iterator[Tile]:
    """Give the tiles that a multiprocessor has room for, with what they cost."""
    for tile in tiles(work, most):
        tile = tile._replace(at_once=_at_once(tile, work, most))
        if tile.at_once:
            yield tile._replace(cycles=estimate(tile, work, batch, processors))


@lru_cache(4096)
def tile_for(work: Work, batch: int, processors: int, most: int) -> Tile | None:
    """Give the cheapest tile; None where there is none: rows too long for shared memory."""
    there = candidates(work, batch, processors, most)
    return min(there, key=lambda tile: tile.cycles, default=None)


def _filled(count: int, grain: int) -> int:
    return -(-count // grain) * grain
