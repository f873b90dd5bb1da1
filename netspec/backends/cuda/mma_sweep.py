"""Sweeps forward with the recurrent product by the matrix units (`mma_sweep.cu`), and their cut.

This is what a network's `precision` permits, for some events and many units: the bits are the
device's own. A block owns `units` units and `rows` events; blocks of the same events wait for each
other at every step, so that all of them must be there at once: of more events than there is room
for, some are taken after others. The cycles of a step, by which the cut is chosen and held against
the sweeps in full float32, are counted as in `grid_plan.py`, and are no measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..native import functions
from .mma_products import LOADED, RATE, WORDS

LEAST_UNITS, LEAST_EVENTS = 64, 16
GATES: Final = {"rnn": 1, "lstm": 4, "gru": 3}
MEETING: Final = 2000.0  # cycles from the last block's store to the first load of what it stored
STARTED: Final = 900.0  # cycles until the first slab of a product is there
CELL: Final = 60.0  # cycles of a lane for a gate's activation
STAGES: Final = 4
SUMS: Final = 64  # of a thread, at most: registers
MOST_WARPS: Final = 8  # of a block, for the same reason


class Plan(NamedTuple):
    """The macros of the kernel, the grid of a launch, bytes of shared memory, cycles of a step."""

    rows: int
    units: int
    down: int
    across: int
    slices: int
    tiles: int
    words: int
    shared: int
    cycles: float

    @property
    def threads(self) -> int:
        """Threads of a block."""
        return 32 * self.down * self.across


def plan_for(b: Any, cell: Any, batch: int) -> Plan | None:
    """Give the cut of a sweep; None where the precision, or the cell, is none for matrix units."""
    if b.precision not in RATE or cell.units < LEAST_UNITS or batch < LEAST_EVENTS:
        return None
    twice = cell.type == "gru" and not cell.reset_after
    sizes = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    return _chosen(b.precision, GATES[cell.type], 1 + twice, cell.units, batch, *sizes)


@lru_cache(256)
def _chosen(
    precision: str, gates: int, meetings: int, n: int, batch: int, multiprocessors: int, shared: int
) -> Plan | None:
    plans = (
        cut(precision, gates, meetings, n, batch, multiprocessors, rows, units)
        for rows, units in shapes(batch)
    )
    found = [plan for plan in plans if plan is not None and plan.shared <= shared]
    return min(found, key=lambda plan: plan.cycles, default=None)


def shapes(batch: int) -> Iterator[tuple[int, int]]:
    """Give rows and units that a block may have."""
    for rows in (16, 32, 48, 64, 96, 128):
        if rows < 2 * max(batch, 16):
            for units in (8, 16, 24, 32, 48, 64, 96, 128):
                yield rows, units


def warps(rows: int, units: int, gates: int, most: int) -> tuple[int, int] | None:
    """Give the warps that share rows and units out: of those that can be, what reads least.

    A warp has 16 to 48 rows, and at most as many numbers of a gate as `most` says.
    """
    found = [
        (rows // own_rows, units // own_units)
        for own_rows in (16, 32, 48)
        for own_units in range(8, units + 1, 8)
        if not rows % own_rows and not units % own_units and own_rows * own_units <= most
    ]
    some = [(down, across) for down, across in found if 4 <= down * across <= MOST_WARPS] or [
        (down, across) for down, across in found if down * across <= MOST_WARPS
    ]
    return min(some, key=lambda one: one[0] * units * gates + one[1] * rows, default=None)


def cut(
    precision: str,
    gates: int,
    meetings: int,
    n: int,
    batch: int,
    multiprocessors: int,
    rows: int,
    units: int,
) -> Plan | None:
    """Give the plan of blocks of so many rows and units; None where there is none."""
    terms = WORDS * (2 if precision == "bf16" else 1)
    words, slices = -(-n // terms) * WORDS, -(-n // units)
    tiles = multiprocessors // slices
    shared_out = warps(rows, units, gates, 32 * SUMS // gates)
    if shared_out is None or not tiles:
        return None
    down, across = shared_out
    shared = 4 * (gates * units * (words + 4) + STAGES * rows * (WORDS + 4))
    read = (across * rows + gates * down * units) * words * 4 / 128
    summed = rows * units * gates * words * (terms // WORDS) / RATE[precision]
    step = max(read, summed, rows * words * 4 / LOADED) + rows * units * gates * CELL / 128
    step += meetings * (STARTED + (MEETING if slices > 1 else MEETING / 2))
    launches = -(-batch // (rows * tiles))
    return Plan(rows, units, down, across, slices, tiles, words, shared, launches * step)


def sweep(
    b: Any,
    cell: Any,
    plan: Plan,
    p: Any,
    z: Any,
    lengths: Any,
    drop: Any,
    h: Any,
    c: Any,
    y: Any,
    tape: Any,
    reverse: bool,
) -> None:
    """Run over z, as `grid.sweep` does: h and c in place, y and tape written where they are."""
    told = functions.of_cell(cell)
    assert told is not None
    (batch, steps), n = z.shape[:2], cell.units
    U, b_state = b.plain(p["U"]), p.get("b_state")
    b_state = None if b_state is None else b.plain(b_state)
    macros: dict[str, str | int] = {
        "NUMBER": "float",
        "BF16": int(b.precision == "bf16"),
        "CELL": told[0],
        "RESET_AFTER": int(told[5]),
        "STATE_BIAS": int(b_state is not None),
        "GATE": told[1][0],
        "CANDIDATE": told[2][0],
        "SQUASH": told[3][0],
        "ROWS": plan.rows,
        "UNITS": plan.units,
        "WARPS_DOWN": plan.down,
        "WARPS_ACROSS": plan.across,
        "STAGES": STAGES,
    }
    kept = (None,) * 4 if tape is None else (tape.gates, tape.before, tape.cells, tape.m)
    at_once = plan.tiles * plan.rows
    for first in range(0, batch, at_once):
        events = slice(first, min(first + at_once, batch))
        count = events.stop - first
        tiles = -(-count // plan.rows)
        z_, lengths_, drop_, h_, c_, y_, *kept_ = (
            None if array is None else array[events] for array in (z, lengths, drop, h, c, y, *kept)
        )
        exchange = b.cupy.zeros(3 * tiles * plan.rows * plan.words, "uint32")
        counters = b.cupy.zeros(tiles, "uint32")
        args = [
            *(z_, U, b_state, lengths_, drop_, h_, c_, y_, *kept_, exchange, counters),
            *(count, steps, n, int(reverse), 0 if y is None else y.shape[-1]),
            *(told[1][1], told[2][1], told[3][1], float(told[4])),
        ]
        b.kernels.launch(
            "mma_sweep.cu", macros, "mma_sweep", (plan.slices, tiles), (plan.threads,), args,
            plan.shared, cooperative=True,
        )  # fmt: skip
