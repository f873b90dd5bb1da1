"""How a sweep whose blocks know nothing of each other is cut: rows, units and room of a block.

A block takes some events through all steps (`sweep_rows.cu`). Many events a block share what it
reads of U; few leave no multiprocessor idle. Of all cuts that fit, the one whose step takes the
fewest cycles is taken, by a count of what a multiprocessor of an H100 does in a cycle: 128 fma or
32 numbers from shared memory, 24 bytes from the second cache, 14 from memory; none is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import log2
from typing import Final, NamedTuple

BLOCK: Final = 128  # terms of one chain
STAGES: Final = 3  # slabs that there is room for (`slab_ring.h`)
FMA: Final = 4.0  # instructions each cycle
OVERHEAD: Final = 80.0  # instructions of a thread's step beside sums and activations
ALONE: Final = 1.6  # cycles from instruction to instruction of one warp
STREAM: Final = 24.0  # bytes a cycle from the second cache
MEMORY: Final = 14.0  # bytes a cycle from memory
STEP: Final = 300.0  # cycles of waiting for activations and at the barrier
ACTIVATIONS: Final = {"rnn": 60.0, "lstm": 210.0, "gru": 160.0}  # instructions of a unit
SLABS: Final = (32, 16, 8, 4, 2, 1)  # terms
GUARD: Final = 1024  # bytes of a multiprocessor's shared memory, a block, that are not its own
MOST_SUMS: Final = 2  # of a thread's gates, for which it holds terms of U in registers
MOST_HELD: Final = 48  # terms
SPARE: Final = 48  # registers for what is on its way meanwhile
MOST_BLOCKS: Final = 8
MOST_THREADS: Final = 512
MOST_ROWS: Final = 128  # of a block


class Work(NamedTuple):
    """What a sweep asks for; `features` is 0 where z = W x + b is given.

    `numbers` are those that a step of one event reads and writes in global memory.
    """

    cell: str
    gates: tuple[int, int]  # of the product of h, and of that of r h
    units: int
    features: int
    itemsize: int
    drop: bool
    numbers: int


class Tile(NamedTuple):
    """Rows and units of a thread, and row groups of a block."""

    rows: int
    wide: int
    groups: int


class Plan(NamedTuple):
    """A cut of the work."""

    tile: Tile
    held: int  # terms of U in registers
    resident: int  # terms that stay, there or in shared memory
    slab: int  # terms
    blocks: int  # of a multiprocessor
    threads: int
    shared: int  # bytes of a block
    cycles: float  # of a step

    @property
    def unit_rows(self) -> int:
        """Events of a block."""
        return self.tile.rows * self.tile.groups

    def macros(self) -> dict[str, int]:
        """Give the macros that say how the work is cut."""
        names = ("ROWS", "WIDE", "ROW_GROUPS", "HELD", "RESIDENT", "SLAB", "BLOCKS")
        return dict(zip(names, (*self.tile, *self[1:5]), strict=True))


def work(cell: str, units: int, features: int, itemsize: int, **said: bool) -> Work:
    """Say what a sweep asks for; `said` are `reset_after`, `drop`, `tape`, `steps` (y is kept)."""
    twice = cell == "gru" and not said.get("reset_after")
    gates = {"rnn": (1, 0), "lstm": (4, 0), "gru": (2, 1) if twice else (3, 0)}[cell]
    all_gates = sum(gates)
    numbers = features or all_gates * units
    numbers += (all_gates + 1) * units if said.get("tape") else 0
    numbers += units if said.get("steps", True) else 0
    return Work(cell, gates, units, features, itemsize, bool(said.get("drop")), numbers)


@lru_cache(4096)
def choose(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    """Give the cut whose step is the shortest; None where the units are too many for a block.

    Batches near one power of 2 have one cut, and so one kernel.
    """
    if (power := 1 << round(log2(batch))) != batch:
        plan = choose(work, power, multiprocessors, shared)
        return plan and plan._replace(cycles=_cycles(work, plan, batch, multiprocessors))
    found = plans(work, batch, multiprocessors, shared)
    return min(found, key=lambda plan: plan.cycles, default=None)


def plans(work: Work, batch: int, multiprocessors: int, shared: int) -> Iterator[Plan]:
    """Give all cuts that fit."""
    most = 64 * 4 // work.itemsize
    for tile in _tiles(work.units):
        rows, sums = tile.rows * tile.groups, tile.rows * tile.wide * max(work.gates)
        if sums > most or rows > MOST_ROWS or (tile.groups > 1 and rows >= 2 * batch):
            continue
        wanted = -(-batch // (rows * multiprocessors))
        for blocks in range(1, min(wanted, MOST_BLOCKS) + 1):
            plan = cut(work, batch, multiprocessors, shared, tile, blocks)
            yield from [] if plan is None else [plan]


def _tiles(units: int) -> Iterator[Tile]:
    """Yield tiles of which a block has few groups, or as many as fill its warps."""
    for rows, wide in product((1, 2, 4, 8), (1, 2, 4)):
        filling = [32 * warps // -(-units // wide) for warps in (1, 2, 4, 8)]
        for groups in sorted({1, 2, 4, *filling} - {0}):
            yield Tile(rows, wide, groups)


def cut(
    work: Work,
    batch: int,
    multiprocessors: int,
    shared: int,
    tile: Tile,
    blocks: int = 1,
    *,
    held: int | None = None,
    resident: int | None = None,
) -> Plan | None:
    """Give the plan of a tile; None where it does not fit.

    `held` terms of U stay in registers, `resident` there and in shared memory, or as many as there
    is room for.
    """
    threads = -(-_unit_groups(work, tile.wide) * tile.groups // 32) * 32
    free = min(255, 65536 // (threads * blocks)) - _registers(work, tile)
    if threads > MOST_THREADS or free < 0:
        return None
    held = _held(work, tile, free) if held is None else held
    room = (shared + GUARD) // blocks - GUARD
    if (found := _room(work, tile, room, held, resident)) is None:
        return None
    plan = Plan(tile, held, *found[:2], blocks, threads, found[2], 0.0)
    return plan._replace(cycles=_cycles(work, plan, batch, multiprocessors))


def piece(work: Work, gates: int, wide: int) -> int:
    """Give how many numbers of a thread lie side by side in packed weights (`row_tile.h`)."""
    pack, numbers = 16 // work.itemsize, gates * wide
    return pack if numbers % pack == 0 else 2 if numbers % 2 == 0 else 1


def whole_packs(work: Work, numbers: int) -> int:
    """Give the numbers that fill whole 16 bytes."""
    return -(-numbers * work.itemsize // 16) * (16 // work.itemsize)


def width(work: Work, gates: int, wide: int) -> int:
    """Give the numbers of packed weights that one term has."""
    return gates * wide * _unit_groups(work, wide)


def _unit_groups(work: Work, wide: int) -> int:
    return -(-work.units // wide)


def _registers(work: Work, tile: Tile) -> int:
    """Guess the registers of a thread: what ptxas says of some tiles, and a few more."""
    twice = 2 if work.features or work.units > BLOCK else 1
    numbers = tile.rows * tile.wide * (work.gates[0] * twice + 1) * (work.itemsize // 4)
    return 60 + numbers + 40 * (work.itemsize // 8)


def _held(work: Work, tile: Tile, free: int) -> int:
    """Give how many terms of U fit into so many registers, where a thread has few sums."""
    if tile.rows * tile.wide > MOST_SUMS:
        return 0
    pack = 16 // work.itemsize
    each = sum(work.gates) * tile.wide * (work.itemsize // 4)
    return max(min((free - SPARE) // each, work.units, MOST_HELD) // pack * pack, 0)


def _room(
    work: Work, tile: Tile, room: int, held: int, resident: int | None
) -> tuple[int, int, int] | None:
    """Give the terms that stay, those of a slab, and the bytes that are used of `room`."""
    pack = 16 // work.itemsize
    together = max(1, pack // tile.rows)  # terms of a line of rows
    line = tile.groups * together * tile.rows + pack
    widths = [width(work, gates, tile.wide) for gates in work.gates]

    def lines(count: int) -> int:
        return -(-count // together) * line

    def weights(terms: int) -> int:
        return sum(whole_packs(work, terms * one) for one in widths)

    states = 2 + bool(work.gates[1]) + work.drop
    fixed = states * lines(work.units) + 2 * lines(work.features) + weights(work.features)
    fixed = (fixed + whole_packs(work, tile.rows * tile.groups)) * work.itemsize
    all_of_it = fixed + weights(work.units - held) * work.itemsize
    if work.features and work.units > BLOCK:
        return None
    if resident in (None, work.units) and all_of_it <= room:
        return work.units, max(SLABS), all_of_it
    if work.features or resident == work.units:
        return None
    for slab in SLABS:
        if slab % together or any(slab * one % pack for one in widths):
            continue
        ring = STAGES * whole_packs(work, slab * max(widths)) * work.itemsize
        left = room - fixed - ring
        if left < 0 or (ring > room // 3 and slab > SLABS[-1]):
            continue
        fitting = min(held + left // (sum(widths) * work.itemsize), work.units)
        stay = min(fitting, work.units - 1) // slab * slab if resident is None else resident
        if held <= stay <= fitting and stay % slab == 0:
            return stay, slab, fixed + ring + weights(stay - held) * work.itemsize
    return None


def _cycles(work: Work, plan: Plan, batch: int, multiprocessors: int) -> float:
    """Guess the cycles of one step, for all events."""
    all_blocks = -(-batch // plan.unit_rows)
    turns = -(-all_blocks // (multiprocessors * plan.blocks))
    blocks = min(plan.blocks, -(-all_blocks // multiprocessors))
    gates, words = sum(work.gates), work.itemsize // 4
    warps, terms = blocks * plan.threads / 32, work.units + work.features
    numbers = plan.tile.rows * plan.tile.wide
    each = OVERHEAD + 1.1 * terms * numbers * gates * words
    each += numbers * ACTIVATIONS[work.cell] * words
    loads = warps * words * (terms - plan.held) * gates * plan.tile.wide
    loads += warps * words * terms * plan.tile.rows / 2
    streamed = work.units - plan.resident
    of_U = streamed * sum(width(work, one, plan.tile.wide) for one in work.gates) * work.itemsize
    memory = blocks * plan.unit_rows * work.numbers * work.itemsize / MEMORY
    busy = max(each * max(-(-warps // FMA), ALONE), loads, blocks * of_U / STREAM, memory)
    waits = STEP * (2 if work.gates[1] else 1) + 50 * -(-streamed // plan.slab)
    z_waits = work.features or numbers * work.gates[0] <= 16  # in registers
    waits += 0 if z_waits else 300
    return turns * max(busy + (waits if blocks == 1 else 0), terms * 5 + waits)
