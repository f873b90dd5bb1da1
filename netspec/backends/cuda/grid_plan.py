"""How a sweep by all blocks together is cut: which block owns what, of all cuts the fastest.

A block owns some units and a slice of the batch, in tiles of rows (`grid.h`). Its part of U must
stay in its shared memory, and more blocks than there are multiprocessors cannot wait for each
other. Of all cuts that fit, the one whose step takes the fewest cycles (`grid_work.py`) is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from .grid_work import BLOCK, POLL, Sizes, Work, cycles

# Terms of a slab, slabs, and whether words tell of themselves.
RINGS: Final = (
    (32, 2, 1), (32, 4, 0), (32, 3, 0), (16, 3, 0), (16, 2, 0), (8, 3, 0), (8, 2, 0), (4, 3, 0),
    (4, 2, 0),
)  # fmt: skip
MOST_BYTES: Final = 256  # of a thread's sums
MOST_THREADS: Final = 512
FEWER_THREADS: Final = 256  # of so many registers that there is no room for more


class Plan(NamedTuple):
    """A cut: tiles of rows a block (`passes`), blocks, bytes of shared memory, cycles of a step."""

    sizes: Sizes
    threads: int
    passes: int
    grid: tuple[int, int]
    shared: int
    cycles: float

    @property
    def tiles(self) -> int:
        """Tiles of rows that there is room for."""
        return self.grid[1] * self.passes

    def room(self, terms: int) -> int:
        """Count the numbers' room for x, of so many terms, that the blocks tell each other."""
        wide = 2 if self.sizes.words else 1
        return self.tiles * -(-terms // BLOCK) * BLOCK * self.sizes.rows * wide

    def macros(self) -> dict[str, int]:
        """Give the macros that `grid.h` is compiled with."""
        return {**self.sizes.macros, "THREADS": self.threads}


@lru_cache(4096)
def plan(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    """Give the cut whose step is the shortest; None where U is too large for all blocks.

    A kernel is compiled for its cut: those of a batch and of what is left for the last one are the
    same where the next powers of 2 are.
    """
    power = 1 << (batch - 1).bit_length()
    chosen = _chosen(work, power, multiprocessors, shared)
    if chosen is None or power == batch:
        return chosen
    return cut(work, batch, multiprocessors // chosen.grid[0], shared, chosen.sizes)


@lru_cache(1024)
def _chosen(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    found = plans(work, batch, multiprocessors, shared)
    return min(found, key=lambda one: one.cycles, default=None)


def cut(work: Work, batch: int, slices: int, shared: int, sizes: Sizes) -> Plan | None:
    """Give the plan of those sizes, in `slices` of the batch at most; None where none fits."""
    team = sizes.team(work.outputs * sizes.units)
    asked = sizes.rows * work.terms * work.words // POLL if sizes.words else 0
    wanted = max(team * sizes.teams, min(256, max(sizes.items, asked)))
    threads = -(-wanted // 32) * 32
    large = sizes.own_rows * sizes.own_outputs * work.words > 32
    if threads > (FEWER_THREADS if large else MOST_THREADS):
        return None
    tiles = -(-batch // sizes.rows)
    passes = -(-tiles // min(slices, tiles))
    grid = (-(-work.units // sizes.units), -(-tiles // passes))
    used = _shared(work, sizes, passes)
    if used > shared:
        return None
    return Plan(sizes, threads, passes, grid, used, cycles(work, sizes, threads, passes))


def plans(work: Work, batch: int, multiprocessors: int, shared: int) -> Iterator[Plan]:
    """Give all cuts that fit."""
    for rows, units in product((1, 2, 4, 8, 16, 32, 64), repeat=2):
        slices = multiprocessors // -(-work.units // units)
        if slices and rows < 2 * batch and units < 2 * work.units:
            for sizes in _sizes(work, rows, units):
                found = cut(work, batch, slices, shared, sizes)
                if found:
                    yield found


def _sizes(work: Work, rows: int, units: int) -> Iterator[Sizes]:
    blocks = -(-work.terms // BLOCK)
    powers = (1, 2, 4, 8)
    for own_rows, own_outputs, split in product(powers, repeat=3):
        bytes_of_sums = own_rows * own_outputs * work.itemsize
        divides = work.outputs * units % own_outputs == 0
        if bytes_of_sums > MOST_BYTES or own_rows > rows or not divides:
            continue
        for terms, stages, words in RINGS:
            if terms * rows * work.itemsize >= 16:
                teams = -(-blocks // split)
                yield Sizes(rows, units, own_rows, own_outputs, teams, terms, stages, words)


def _shared(work: Work, sizes: Sizes, passes: int) -> int:
    """Count the bytes that a block cuts out of its shared memory."""
    pack = 16 // work.itemsize
    slabs = sizes.stages * sizes.teams * sizes.terms * sizes.rows
    parts = sizes.teams * sizes.items * work.outputs
    pieces = [outputs * terms * sizes.units for outputs, terms in work.products]
    pieces.append(work.terms * sizes.rows + parts + pack if sizes.words else max(slabs, parts))
    depth = passes if work.meetings == 2 else min(passes, 2)
    pieces.append((work.kept * passes + work.ahead * depth + work.passing) * sizes.items)
    # each array of the kernel begins at a multiple of 16 bytes
    return (sum(-(-piece // pack) * pack for piece in pieces) + 6 * pack) * work.itemsize
