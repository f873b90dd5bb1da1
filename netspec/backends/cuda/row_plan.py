"""How a sweep whose blocks know nothing of each other is cut: rows, units and room of a block.

A block takes some events through all steps (`sweep_rows.cu`). Many events a block share what it
reads of U; few leave no multiprocessor idle. Of all cuts that fit, the one whose step takes the
fewest cycles is taken, by a count of what a multiprocessor of an H100 does in a cycle: 128 fma or
32 numbers from shared memory, 24 bytes from the second cache, 14 from memory. The counts choose
between cuts; they are no measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final, NamedTuple

BLOCK: Final = 128  # terms of one chain
STAGES: Final = 3  # slabs that there is room for (`slab_ring.h`)
FMA: Final = 4.0  # instructions each cycle
ALONE: Final = 1.6  # cycles from instruction to instruction of one warp
STREAM: Final = 24.0  # bytes a cycle from the second cache
MEMORY: Final = 14.0  # bytes a cycle from memory
STEP: Final = 300.0  # cycles of waiting for activations and at the barrier
ACTIVATIONS: Final = {"rnn": 60.0, "lstm": 210.0, "gru": 160.0}  # instructions of a unit
SLABS: Final = (32, 16, 8, 4, 2, 1)  # terms
GUARD: Final = 1024  # bytes of a multiprocessor's shared memory, a block, that are not its own
MOST_BLOCKS: Final = 8
MOST_THREADS: Final = 512
MOST_ROWS: Final = 128


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


class Plan(NamedTuple):
    """A cut: the macros of `row_tile.h`, blocks of a multiprocessor, bytes, cycles of a step."""

    rows: int
    wide: int
    row_groups: int
    resident: int
    slab: int
    blocks: int
    threads: int
    shared: int
    cycles: float

    @property
    def unit_rows(self) -> int:
        """Events of a block."""
        return self.rows * self.row_groups

    def macros(self) -> dict[str, int]:
        """Give the macros that say how the work is cut."""
        return {
            "ROWS": self.rows,
            "WIDE": self.wide,
            "ROW_GROUPS": self.row_groups,
            "RESIDENT": self.resident,
            "SLAB": self.slab,
            "BLOCKS": self.blocks,
        }


def work(cell: str, units: int, features: int, itemsize: int, **said: bool) -> Work:
    """Say what a sweep asks for; `said` are `reset_after`, `drop`, `tape`, `steps` (y is kept)."""
    twice = cell == "gru" and not said.get("reset_after")
    gates = {"rnn": (1, 0), "lstm": (4, 0), "gru": (2, 1) if twice else (3, 0)}[cell]
    all_gates = sum(gates)
    numbers = features or all_gates * units
    numbers += (all_gates + 1) * units if said.get("tape") else 0
    numbers += units if said.get("steps", True) else 0
    return Work(cell, gates, units, features, itemsize, bool(said.get("drop")), numbers)


@cache
def choose(work: Work, batch: int, multiprocessors: int, shared: int) -> Plan | None:
    """Give the cut whose step is the shortest; None where the units are too many for a block."""
    return min(_plans(work, batch, multiprocessors, shared), key=lambda p: p.cycles, default=None)


def _plans(work: Work, batch: int, multiprocessors: int, shared: int) -> Iterator[Plan]:
    most = 64 * 4 // work.itemsize
    for rows, wide, groups in product((1, 2, 4, 8), (1, 2, 4), (1, 2, 4, 8, 16, 32)):
        fits = rows * wide * max(work.gates) <= most and rows * groups <= MOST_ROWS
        if not fits or (groups > 1 and rows * groups >= 2 * batch):
            continue
        wanted = -(-batch // (rows * groups * multiprocessors))
        for blocks in range(1, min(wanted, MOST_BLOCKS) + 1):
            plan = cut(work, batch, multiprocessors, shared, (rows, wide, groups), blocks)
            if plan is not None:
                yield plan


def cut(
    work: Work,
    batch: int,
    multiprocessors: int,
    shared: int,
    tile: tuple[int, int, int],
    blocks: int = 1,
    resident: int | None = None,
) -> Plan | None:
    """Give the plan of a tile: rows and units of a thread, row groups; None where it does not fit.

    `resident` terms of U stay in shared memory, or as many as there is room for.
    """
    rows, wide, groups = tile
    threads = -(-_unit_groups(work, wide) * groups // 32) * 32
    registers = _registers(work, rows, wide)
    if threads > MOST_THREADS or registers * threads * blocks > 65536 or registers > 255:
        return None
    room = (shared + GUARD) // blocks - GUARD
    found = _room(work, tile, room, resident)
    if found is None:
        return None
    resident, slab, used = found
    plan = Plan(rows, wide, groups, resident, slab, blocks, threads, used, 0.0)
    return plan._replace(cycles=_cycles(work, plan, batch, multiprocessors))


def piece(work: Work, gates: int, wide: int) -> int:
    """Give how many numbers of a thread lie side by side in packed weights (`row_tile.h`)."""
    pack, numbers = 16 // work.itemsize, gates * wide
    return pack if numbers % pack == 0 else 2 if numbers % 2 == 0 else 1


def whole_packs(work: Work, numbers: int) -> int:
    """Give the numbers that fill whole 16 bytes."""
    pack = 16 // work.itemsize
    return -(-numbers // pack) * pack


def width(work: Work, gates: int, wide: int) -> int:
    """Give the numbers of packed weights that one term has."""
    return gates * wide * _unit_groups(work, wide)


def _unit_groups(work: Work, wide: int) -> int:
    return -(-work.units // wide)


def _registers(work: Work, rows: int, wide: int) -> int:
    """Guess the registers of a thread: what ptxas says of some tiles, and a few more."""
    twice = 2 if work.features or work.units > BLOCK else 1
    numbers = rows * wide * (work.gates[0] * twice + 1) * (work.itemsize // 4)
    return 56 + numbers + 24 * (work.itemsize // 8)


def _room(
    work: Work, tile: tuple[int, int, int], room: int, resident: int | None
) -> tuple[int, int, int] | None:
    """Give the terms that stay, those of a slab, and the bytes that are used of `room`."""
    rows, wide, groups = tile
    pack = 16 // work.itemsize
    together = max(1, pack // rows)  # terms of a line
    line = groups * together * rows + pack
    widths = [width(work, gates, wide) for gates in work.gates]

    def lines(count: int) -> int:
        return -(-count // together) * line

    def weights(terms: int) -> int:
        return sum(whole_packs(work, terms * one) for one in widths)

    states = 2 + bool(work.gates[1]) + work.drop
    fixed = states * lines(work.units) + 2 * lines(work.features) + weights(work.features)
    fixed = (fixed + whole_packs(work, rows * groups)) * work.itemsize
    all_of_it = fixed + weights(work.units) * work.itemsize
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
        fitting = left // (sum(widths) * work.itemsize) // slab * slab
        stay = min(fitting, (work.units - 1) // slab * slab) if resident is None else resident
        if 0 <= stay <= fitting and stay % slab == 0:
            return stay, slab, fixed + ring + weights(stay) * work.itemsize
    return None


def _cycles(work: Work, plan: Plan, batch: int, multiprocessors: int) -> float:
    """Guess the cycles of one step, for all events."""
    all_blocks = -(-batch // plan.unit_rows)
    turns = -(-all_blocks // (multiprocessors * plan.blocks))
    blocks = min(plan.blocks, -(-all_blocks // multiprocessors))
    gates, words = sum(work.gates), work.itemsize // 4
    warps, terms = blocks * plan.threads / 32, work.units + work.features
    numbers = plan.rows * plan.wide
    each = 1.1 * terms * numbers * gates * words
    each += numbers * ACTIVATIONS[work.cell] * (3 if words == 2 else 1)
    loads = warps * terms * words * (gates * plan.wide + plan.rows / 2)
    streamed = work.units - plan.resident
    bytes_of_U = streamed * sum(width(work, one, plan.wide) for one in work.gates) * work.itemsize
    memory = blocks * plan.unit_rows * work.numbers * work.itemsize / MEMORY
    busy = max(each * max(warps / FMA, ALONE), loads, blocks * bytes_of_U / STREAM, memory)
    waits = STEP * (2 if work.gates[1] else 1) + 50 * -(-streamed // plan.slab)
    waits += 0 if work.features else 300
    return turns * max(busy + (waits if blocks == 1 else 0), terms * 5 + waits)
