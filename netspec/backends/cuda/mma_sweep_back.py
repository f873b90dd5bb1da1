"""Sweeps back with U^T da by the matrix units (`mma_sweep_back.cu`), and their cut.

This is what a network's `precision` permits, as `mma_sweep.py` has it forward. Of each event the
blocks tell each other all slopes in its gates, which is more than its h: where that much passes the
second cache, the sweeps in full float32 are as fast, and are taken.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..native import functions
from .mma_products import LOADED, RATE, WORDS
from .mma_sweep import (
    CELL,
    LEAST_EVENTS,
    LEAST_UNITS,
    MEETING,
    STAGES,
    STARTED,
    Plan,
    shapes,
    warps,
)

SECTIONS = {"rnn": 1, "lstm": 4, "gru": 3}  # gates whose slopes are terms of the last product
KEPT = {"rnn": 4, "lstm": 10, "gru": 8}  # numbers of each unit of an event that a thread keeps
MOST = 128  # of them, of all its units


def plan_for(b: Any, cell: Any, batch: int) -> Plan | None:
    """Give the cut of a sweep back; None where the precision, or the cell, is none for it."""
    if b.precision not in RATE or cell.units < LEAST_UNITS or batch < LEAST_EVENTS:
        return None
    twice = cell.type == "gru" and not cell.reset_after
    sizes = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    return _chosen(b.precision, cell.type, twice, cell.units, batch, *sizes)


@lru_cache(256)
def _chosen(
    precision: str, cell: str, twice: bool, n: int, batch: int, multiprocessors: int, shared: int
) -> Plan | None:
    plans = (
        cut(precision, cell, twice, n, batch, multiprocessors, rows, units)
        for rows, units in shapes(batch)
    )
    found = [plan for plan in plans if plan is not None and plan.shared <= shared]
    return min(found, key=lambda plan: plan.cycles, default=None)


def cut(
    precision: str,
    cell: str,
    twice: bool,
    n: int,
    batch: int,
    multiprocessors: int,
    rows: int,
    units: int,
) -> Plan | None:
    """Give the plan of blocks of so many rows and units; None where there is none."""
    per_word = 2 if precision == "bf16" else 1
    words, slices = -(-n // (WORDS * per_word)) * WORDS, -(-n // units)
    tiles, sections = multiprocessors // slices, SECTIONS[cell] - twice
    shared_out = warps(rows, units, 1, 32 * MOST // KEPT[cell])
    if shared_out is None or not tiles:
        return None
    down, across = shared_out
    terms = words * (sections + twice)
    shared = 4 * (units * (terms + 4 + 4 * twice) + STAGES * rows * (WORDS + 4))
    read = (across * rows + down * units) * terms * 4 / 128
    summed = rows * units * terms * per_word / RATE[precision]
    step = max(read, summed, rows * terms * 4 / LOADED)
    step += rows * units * SECTIONS[cell] * CELL / 128
    step += (1 + twice) * (STARTED + (MEETING if slices > 1 else MEETING / 2))
    launches = -(-batch // (rows * tiles))
    return Plan(rows, units, down, across, slices, tiles, words, shared, launches * step)


def sweep_back(
    b: Any,
    cell: Any,
    plan: Plan,
    U: Any,
    lengths: Any,
    drop: Any,
    tape: Any,
    dy: Any,
    dh: Any,
    dc: Any,
    dz: Any,
    ds: Any,
    reverse: bool,
) -> None:
    """Walk the tape backwards, as `grid.sweep_back` does: dh and dc in place, dz and ds written."""
    told = functions.of_cell(cell)
    assert told is not None
    (batch, steps), n = dz.shape[:2], cell.units
    U, twice = b.plain(U), cell.type == "gru" and not cell.reset_after
    macros: dict[str, str | int] = {
        "BF16": int(b.precision == "bf16"),
        "CELL": told[0],
        "RESET_AFTER": int(told[5]),
        "GATE": told[1][0],
        "CANDIDATE": told[2][0],
        "SQUASH": told[3][0],
        "ROWS": plan.rows,
        "UNITS": plan.units,
        "WARPS_DOWN": plan.down,
        "WARPS_ACROSS": plan.across,
        "STAGES": STAGES,
    }
    kept = (tape.gates, tape.before, tape.cells, tape.m, tape.y, tape.h0, tape.c0)
    arrays = (lengths, drop, *kept, dy, dh, dc, dz, ds)
    told_words = (2 * (SECTIONS[cell.type] - twice) + twice) * plan.words
    at_once = plan.tiles * plan.rows
    for first in range(0, batch, at_once):
        events = slice(first, min(first + at_once, batch))
        count = events.stop - first
        tiles = -(-count // plan.rows)
        exchange = b.cupy.zeros(tiles * plan.rows * told_words, "uint32")
        counters = b.cupy.zeros(tiles, "uint32")
        args = [
            U,
            *(None if array is None else array[events] for array in arrays),
            *(exchange, counters, count, steps, n, int(reverse)),
            *(told[1][1], told[2][1], told[3][1]),
        ]
        b.kernels.launch(
            "mma_sweep_back.cu", macros, "mma_sweep_back", (plan.slices, tiles), (plan.threads,),
            args, plan.shared, cooperative=True,
        )  # fmt: skip
