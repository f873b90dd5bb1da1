"""The ways back through time of rnn, lstm and gru on the GPU: the same bits as their formulas.

Two families of kernels share the work out, as forward (`sweep_plan.py`): of many events each block
takes some through all steps (`sweep_rows_back.cu`, cut by `back_tiles.py`); of few events and many
units the blocks share the units of every step (`grid.py`). Which one, and which cut, changes no
bit. Where lower precision is permitted, there is a third (`mma_sweep_back.py`). The slopes in U and
b_state are long sums of what the walk leaves. All arrays are bare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from ..native import functions
from . import elementwise, grid, mma_sweep, mma_sweep_back
from .back_tiles import GATES, Tile, Work, tile_for
from .kernels import Ready
from .sums import outer_sum, total
from .sweeps import States, first_of, lengths_of, room_for
from .tape import Tape, own
from .trees import number

Arrays = Mapping[str, Any]
ALIGNMENT = 16  # bytes, of the longest copy
THREADS = 256


def sweep_back(
    b: Any,
    cell: Any,
    p: Arrays,
    tape: Any,
    dy: Any,
    dfinal: Arrays,
    order: range,
    mask: Any,
    k: Any = None,
) -> Any:
    """Walk the tape backwards, as `sweep_back` in `netspec/layers` does.

    Slopes that are None are zeros. Gives NotImplemented for a tape that the formula itself has
    made.
    """
    if not isinstance(tape, Tape):
        return NotImplemented
    batch, dtype = len(tape.y), tape.y.dtype
    end, (dh, dc) = first_of(b, cell, dfinal, batch, dtype), room_for(b, cell, batch, dtype)
    reverse, lengths = order.step < 0, lengths_of(b, mask)
    k = None if k is None else b.plain(k)
    dz, ds = slopes_in_gates(b, cell, p["U"], lengths, k, tape, dy, end, dh, dc, reverse)
    weights = slopes_in_weights(b, cell, tape, dz, ds, lengths, reverse, k)
    return dz, weights, {"h": dh} if dc is None else {"h": dh, "c": dc}


def slopes_in_gates(
    b: Any,
    cell: Any,
    U: Any,
    lengths: Any,
    drop: Any,
    tape: Tape,
    dy: Any,
    end: States,
    dh: Any,
    dc: Any,
    reverse: bool,
) -> tuple[Any, Any]:
    """Give dz (batch, steps, gates * units), and of reset_after ds (batch, steps, units).

    `end` are the slopes in the final state, in C order; dh and dc (batch, units) become those in
    the first one, and may be they. dy (batch, steps, units) is what each step adds to dh; None adds
    nothing but +0.
    """
    batch, steps, units = tape.y.shape
    dz = b.cupy.empty((batch, steps, GATES[cell.type] * units), tape.y.dtype)
    ds = b.cupy.empty_like(tape.y) if getattr(cell, "reset_after", False) else None
    dy = None if dy is None else _aligned(b, dy)
    work = work_of(cell, tape, dy, lengths)
    plan = b.once(_plan, cell, work, batch)
    if isinstance(plan, Tile):
        walk(b, cell, work, plan, U, lengths, drop, tape, dy, end, dh, dc, dz, ds, reverse)
        return dz, ds
    for array, room in zip(end, (dh, dc), strict=True):
        if room is not None:
            elementwise.write(b.kernels, room, array)  # these walk in place
    args = (U, lengths, drop, tape, dy, dh, dc, dz, ds, reverse)
    if isinstance(plan, mma_sweep.Plan):
        mma_sweep_back.sweep_back(b, cell, plan, *args)
    else:
        grid.sweep_back(b, cell, *args)
    return dz, ds


def _plan(b: Any, cell: Any, work: Work, batch: int) -> Any:
    """Choose between the families by the cycles that are counted.

    What has come forward by either of the exact ones comes back by one.
    """
    on = b.kernels
    tile = tile_for(work, max(batch, 1), on.multiprocessors, on.shared_per_block)
    below = inf if tile is None else tile.cycles
    together = grid.plan_for(on, cell, batch, work.size, back=True, below=below)
    units = mma_sweep_back.plan_for(b, cell, batch) if work.size == 4 else None
    found: list[Any] = [plan for plan in (tile, together, units) if plan is not None]
    return min(found, key=lambda plan: plan.cycles)


def walk(
    b: Any,
    cell: Any,
    work: Work,
    tile: Tile,
    U: Any,
    lengths: Any,
    drop: Any,
    tape: Tape,
    dy: Any,
    end: States,
    dh: Any,
    dc: Any,
    dz: Any,
    ds: Any,
    reverse: bool,
) -> None:
    """Launch the way back by rows, cut as `tile` says."""
    ready, pack, options = b.once(_ready, cell, work, tile, dz.dtype)
    U = _aligned(b, U)
    if tile.kept >= 0:
        packed = b.cupy.empty(tile.packed(work), U.dtype)
        blocks = min(-(-packed.size // THREADS), 16 * b.kernels.multiprocessors)
        pack((blocks,), [U, packed])
        U = packed
    gates, earlier, first = tape.gates, tape.y, tape.h0
    if cell.type == "rnn":
        gates, earlier = tape.y, None
    if cell.type == "lstm":
        earlier, first = tape.cells, tape.c0
    batch, steps = dz.shape[:2]
    args = [
        *(U, gates, tape.before, earlier, tape.m if work.reset_after else None, first),
        *(dy, lengths, drop, *end, dh, dc, dz, ds, batch, steps, int(reverse)),
        *options,
    ]
    ready((-(-batch // tile.rows_of_block),), args)


def _ready(
    b: Any, cell: Any, work: Work, tile: Tile, dtype: Any
) -> tuple[Ready, Ready | None, tuple[float, ...]]:
    """Give the kernel of a tile, the one that packs U where that is wanted, the cell's numbers."""
    told = functions.of_cell(cell)
    assert told is not None
    macros: dict[str, str | int] = {
        **number(dtype),
        **tile.macros,
        "CELL": told[0],
        "GATE": told[1][0],
        "CANDIDATE": told[2][0],
        "SQUASH": told[3][0],
        "UNITS": cell.units,
        "RESET_AFTER": int(work.reset_after),
        "MASKED": int(work.masked),
        "DY": int(work.dy),
    }
    file, pack = "sweep_rows_back.cu", None
    if tile.kept >= 0:
        pack = b.kernels.ready(file, macros, "pack_U", (THREADS,))
    ready = b.kernels.ready(file, macros, "sweep_rows_back", (tile.threads,), tile.shared(work))
    return ready, pack, (told[1][1], told[2][1], told[3][1])


def slopes_in_weights(
    b: Any, cell: Any, tape: Tape, dz: Any, ds: Any, lengths: Any, reverse: bool, drop: Any
) -> dict[str, Any]:
    """Give the slopes in U and, where there is one, b_state: long sums over events and steps."""
    seen = {"lengths": lengths, "first": tape.h0, "reverse": reverse, "drop": drop}
    parts, split = [dz], 2 * cell.units
    if cell.type == "gru":
        parts = [dz[:, :, :split], dz[:, :, split:] if ds is None else ds]
    columns = dz.shape[-1]
    U = b.cupy.empty((columns, cell.units), dz.dtype)
    outer_sum(b, parts[0], tape.y, **seen, result=U[:split] if len(parts) > 1 else U)
    if len(parts) > 1:
        # U saw y one step before; without reset_after, U_c saw m.
        after = {"lengths": lengths} if ds is None else seen
        outer_sum(b, parts[1], tape.m if ds is None else tape.y, **after, result=U[split:])
    weights = {"U": U}
    if cell.state_bias:
        weights["b_state"] = b.cupy.empty(columns, dz.dtype)
        ends = [0, columns] if len(parts) == 1 else [0, split, columns]
        for part, begin, end in zip(parts, ends, ends[1:], strict=False):
            total(b, part, (0, 1), result=weights["b_state"][begin:end])
    return weights


def work_of(cell: Any, tape: Tape, dy: Any, lengths: Any) -> Work:
    """Say what a way back asks of its tile."""
    return Work(
        cell.type,
        cell.units,
        tape.y.dtype.itemsize,
        bool(getattr(cell, "reset_after", False)),
        tape.before is not None,
        dy is not None,
        lengths is not None,
    )


def _aligned(b: Any, x: Any) -> Any:
    """Give an array in C order that begins where the longest copies may; itself where it does."""
    x = b.plain(x)
    return x if x.data.ptr % ALIGNMENT == 0 else own(b, x)


TWINS: dict[str, Callable[..., Any]] = {f"{cell}.sweep_back": sweep_back for cell in GATES}
