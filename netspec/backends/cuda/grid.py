"""Sweeps by all blocks together, for few events and many units: one cooperative launch each.

`sweep_grid.cu` and `sweep_back_grid.cu` say how; `grid_plan.py` cuts the work. They pay where U is
larger than what one multiprocessor holds, so that a block for itself would read U again at every
step. Every block here keeps its part of U, and the blocks tell each other h, or the slopes in the
gates. The bits are those of the sweeps by rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

from ..native import functions
from . import grid_plan, grid_work
from .trees import number


class Launch(NamedTuple):
    """What is handed to `Kernels.launch`, in its order."""

    file: str
    macros: dict[str, str | int]
    name: str
    grid: tuple[int, int]
    block: tuple[int]
    args: list[Any]
    shared: int


def plan_for(
    kernels: Any,
    cell: Any,
    batch: int,
    itemsize: int,
    *,
    back: bool = False,
    below: float = inf,
) -> grid_plan.Plan | None:
    """Give the cut of a sweep of a layer; None where U does not fit into all blocks together.

    Its `cycles` are those of a step, as far as they can be counted. None is looked for, which takes
    a while, where no cut can have fewer than `below`.
    """
    if below <= grid_work.FEWEST:
        return None
    reset_after = bool(getattr(cell, "reset_after", False))
    if back:
        work = grid_work.back(cell.type, cell.units, itemsize, reset_after)
    else:
        work = grid_work.forward(cell.type, cell.units, itemsize, reset_after, cell.state_bias)
    return grid_plan.plan(work, max(batch, 1), kernels.multiprocessors, kernels.shared_per_block)


def sweep(
    b: Any,
    cell: Any,
    p: Mapping[str, Any],
    z: Any,
    lengths: Any,
    drop: Any,
    h: Any,
    c: Any,
    y: Any,
    tape: Any,
    reverse: bool,
) -> None:
    """Run over z (batch, steps, gates * units), where `plan_for` has a plan.

    h and c (batch, units) are the first state, and become the final one; y (batch, steps, any
    width) is h of each step, the first numbers of each row, or None. All arrays but those of `p`
    are in C order. `tape` has room for gates, before, cells and m, each an array or None; None for
    no tape.
    """
    plan = plan_for(b.kernels, cell, z.shape[0], z.dtype.itemsize)
    assert plan is not None
    U, b_state = b.plain(p["U"]), p.get("b_state")
    b_state = None if b_state is None else b.plain(b_state)
    launch = forward(b.cupy, plan, cell, U, b_state, z, lengths, drop, h, c, y, tape, reverse)
    b.kernels.launch(*launch, cooperative=True)


def sweep_back(
    b: Any,
    cell: Any,
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
    """Walk the tape backwards, where `plan_for` has a plan.

    dh and dc (batch, units) are the slopes in the final state, and become those in the first one;
    dy (batch, steps, units) or None is added to dh. dz (batch, steps, gates * units) and, of a gru
    with reset_after, ds (batch, steps, units) are written. All arrays are in C order.
    """
    plan = plan_for(b.kernels, cell, dz.shape[0], dz.dtype.itemsize, back=True)
    assert plan is not None
    launch = back(b.cupy, plan, cell, b.plain(U), lengths, drop, tape, dy, dh, dc, dz, ds, reverse)
    b.kernels.launch(*launch, cooperative=True)


def forward(
    xp: Any,
    plan: grid_plan.Plan,
    cell: Any,
    U: Any,
    b_state: Any,
    z: Any,
    lengths: Any,
    drop: Any,
    h: Any,
    c: Any,
    y: Any,
    tape: Any,
    reverse: bool,
) -> Launch:
    """Say what `sweep` launches; `xp` makes arrays."""
    told = functions.of_cell(cell)
    assert told is not None
    (batch, steps), n = z.shape[:2], cell.units
    exchange = _exchange(xp, plan, 3 * plan.room(n), z.dtype)
    kept = (None,) * 4 if tape is None else (tape.gates, tape.before, tape.cells, tape.m)
    args = [
        *(z, U, b_state, lengths, drop, h, c, y, *kept, exchange, _counters(xp, plan)),
        *(batch, steps, n, plan.passes, int(reverse), 0 if y is None else y.shape[-1]),
        *(told[1][1], told[2][1], told[3][1], float(told[4])),
    ]
    macros = {**_macros(plan, told, z.dtype), "STATE_BIAS": int(b_state is not None)}
    return Launch("sweep_grid.cu", macros, "sweep_grid", *_blocks(plan), args, plan.shared)


def back(
    xp: Any,
    plan: grid_plan.Plan,
    cell: Any,
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
) -> Launch:
    """Say what `sweep_back` launches; `xp` makes arrays."""
    told = functions.of_cell(cell)
    assert told is not None
    (batch, steps, width), n = dz.shape, cell.units
    gru = cell.type == "gru"
    room = 2 * plan.room(2 * n if gru else width) + (2 * plan.room(n) if gru else 0)
    exchange = _exchange(xp, plan, room, dz.dtype)
    args = [
        *(U, lengths, drop, tape.gates, tape.before, tape.cells, tape.m, tape.y, tape.h0, tape.c0),
        *(dy, dh, dc, dz, ds, exchange, _counters(xp, plan)),
        *(batch, steps, n, plan.passes, int(reverse), told[1][1], told[2][1], told[3][1]),
    ]
    macros = _macros(plan, told, dz.dtype)
    return Launch(
        "sweep_back_grid.cu", macros, "sweep_back_grid", *_blocks(plan), args, plan.shared
    )


def _macros(plan: grid_plan.Plan, told: Any, dtype: Any) -> dict[str, str | int]:
    return {
        **number(dtype),
        **plan.macros(),
        "CELL": told[0],
        "GATE": told[1][0],
        "CANDIDATE": told[2][0],
        "SQUASH": told[3][0],
        "RESET_AFTER": int(told[5]),
    }


def _exchange(xp: Any, plan: grid_plan.Plan, room: int, dtype: Any) -> Any:
    """Give what the blocks write for each other; no word is of a meeting at first."""
    return (xp.zeros if plan.sizes.words else xp.empty)(room, dtype)


def _counters(xp: Any, plan: grid_plan.Plan) -> Any:
    return None if plan.sizes.words else xp.zeros(plan.tiles, "uint32")


def _blocks(plan: grid_plan.Plan) -> tuple[tuple[int, int], tuple[int]]:
    return plan.grid, (plan.threads,)
