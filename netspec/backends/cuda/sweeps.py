"""The sweeps of rnn, lstm and gru forward on the GPU: the same bits as their formulas.

Two families of kernels share the work out. Of many events each block takes some through all steps
and asks no other (`sweep_rows.cu`, cut by `row_plan.py`); of few events and many units the blocks
share the units of every step (`grid.py`). Which one, and which cut, changes no bit. Where lower
precision is permitted, there is a third (`mma_sweep.py`). All arrays are bare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy

from ..native import functions
from . import grid, grid_plan, mma_products, mma_sweep, row_plan
from .packed_units import Weights
from .products import product
from .tape import Tape, empty_tape, own
from .trees import NAMES, number

Arrays = Mapping[str, Any]
THREADS = 256
LAUNCH = 5000.0  # cycles from one launch to the next


def sweep(
    b: Any,
    cell: Any,
    p: Arrays,
    z: Any,
    start: Arrays,
    order: range,
    mask: Any,
    keep: bool,
    k: Any = None,
) -> Any:
    """Run over z (batch, steps, gates * units), as `sweep` in `netspec/layers` does.

    Gives NotImplemented for a softmax in the cell, for more units than the kernels can have, and
    for an array that is not of floats.
    """
    batch, steps, width = z.shape
    if not knows(cell) or z.dtype.name not in NAMES:
        return NotImplemented
    plan = _plan(b, cell, batch, z.dtype.itemsize, drop=k is not None, tape=keep)
    if plan is None:
        return NotImplemented
    z, k = b.plain(z), None if k is None else b.plain(k)
    h, c = own(b, start["h"]), own(b, start.get("c"))
    y = b.cupy.empty((batch, steps, cell.units), z.dtype)
    tape = empty_tape(b, cell, y, h, c, width) if keep else None
    weights = Weights(b, {name: p[name] for name in ("U", "b_state") if name in p})
    lengths = lengths_of(b, mask)
    _over(b, cell, plan, weights, z, lengths, k, h, c, y, tape, order.step < 0)
    return y, ({"h": h} if c is None else {"h": h, "c": c}), [] if tape is None else tape


def run(
    b: Any,
    cell: Any,
    weights: Weights,
    x: Any,
    start: Arrays,
    lengths: Any = None,
    reverse: bool = False,
    y: Any = None,
    in_place: bool = False,
) -> dict[str, Any] | None:
    """Run one direction of a cell over x (batch, steps, features); give the final states by name.

    `start` are the first states (batch, units), which stay unless `in_place` makes them the final
    ones; lengths are int64 (batch,) or None. h of each step is written to y (batch, steps, any
    width), the first numbers of each row, where there is a y. Where the features are few, what they
    say is computed in the sweep itself; else ahead, as one product.

    None where the kernels do not know the cell.
    """
    (batch, _, features), size = x.shape, x.dtype.itemsize
    ahead = _plan(b, cell, batch, size, steps=y is not None)
    if not knows(cell) or x.dtype.name not in NAMES or ahead is None:
        return None
    x = b.plain(x)
    h, c = start["h"], start.get("c")
    if not in_place:
        h, c = own(b, h), own(b, c)
    within = _by_rows(b, cell, batch, size, features, steps=y is not None)
    outputs = max(1, len(cell.gates)) * cell.units
    cycles = ahead.cycles + _cycles_ahead(b, x, outputs)
    if features and within is not None and within.cycles <= cycles:
        launch(b, cell, within, weights, x, lengths, None, h, c, y, None, reverse, features)
    else:
        W, bias = weights.arrays["W"].reshape(outputs, features), weights.get("b")
        z = product(b, x, W, None if bias is None else bias.reshape(-1))
        _over(b, cell, ahead, weights, z, lengths, None, h, c, y, None, reverse)
    return {"h": h} if c is None else {"h": h, "c": c}


def _over(
    b: Any,
    cell: Any,
    plan: row_plan.Plan | grid_plan.Plan | mma_sweep.Plan,
    weights: Weights,
    z: Any,
    lengths: Any,
    drop: Any,
    h: Any,
    c: Any,
    y: Any,
    tape: Tape | None,
    reverse: bool,
) -> None:
    """Launch the sweep that a plan is for."""
    if isinstance(plan, row_plan.Plan):
        launch(b, cell, plan, weights, z, lengths, drop, h, c, y, tape, reverse)
    elif isinstance(plan, mma_sweep.Plan):
        p = weights.arrays
        mma_sweep.sweep(b, cell, plan, p, z, lengths, drop, h, c, y, tape, reverse)
    else:
        grid.sweep(b, cell, weights.arrays, z, lengths, drop, h, c, y, tape, reverse)


def launch(
    b: Any,
    cell: Any,
    plan: row_plan.Plan,
    weights: Weights,
    given: Any,
    lengths: Any,
    drop: Any,
    h: Any,
    c: Any,
    y: Any,
    tape: Tape | None,
    reverse: bool,
    features: int = 0,
) -> None:
    """Launch a sweep by rows, of z or, with `features`, of x; h and c in place."""
    told = functions.of_cell(cell)
    assert told is not None
    kind, gate, candidate, squash, forget_bias, reset_after = told
    batch, steps = given.shape[:2]
    macros: dict[str, str | int] = {
        **number(given.dtype),
        **plan.macros(),
        "CELL": kind,
        "RESET_AFTER": int(reset_after),
        "STATE_BIAS": int(weights.get("b_state") is not None),
        "GATE": gate[0],
        "CANDIDATE": candidate[0],
        "SQUASH": squash[0],
        "UNITS": cell.units,
        "FEATURES": features,
        "TAPE": 0 if tape is None else 1 if tape.before is None else 2,
        "MASKED": int(lengths is not None),
        "DROP": int(drop is not None),
    }
    work = work_of(cell, given.dtype.itemsize, features)
    kept = (None,) * 4 if tape is None else (tape.gates, tape.before, tape.cells, tape.m)
    args = [
        given,
        weights.packed("W", work, plan.tile.wide) if features else None,
        weights.get("b") if features else None,
        weights.packed("U", work, plan.tile.wide),
        weights.get("b_state"),
        lengths,
        drop,
        h, c, y, *kept, batch, steps, int(reverse),
        0 if y is None else y.shape[-1],
        gate[1], candidate[1], squash[1], float(forget_bias),
    ]  # fmt: skip
    blocks = (-(-batch // plan.unit_rows),)
    b.kernels.launch(
        "sweep_rows.cu", macros, "sweep_rows", blocks, (plan.threads,), args, plan.shared
    )


def knows(cell: Any) -> bool:
    """Whether the kernels have all of a cell's activations: they have all but softmax."""
    told = functions.of_cell(cell)
    softmax = functions.KINDS["softmax"]
    return told is not None and all(pair[0] != softmax for pair in told[1:4])


def lengths_of(b: Any, mask: Any) -> Any:
    """Give the number of valid steps (batch,) of a mask (batch, steps), or None."""
    if mask is None:
        return None
    mask = b.plain(mask)
    lengths = b.cupy.empty(len(mask), numpy.int64)
    blocks = (-(-len(mask) // THREADS),)
    args = [mask, lengths, *mask.shape]
    b.kernels.launch("valid_steps.cu", {}, "valid_steps", blocks, (THREADS,), args)
    return lengths


def _plan(
    b: Any, cell: Any, batch: int, itemsize: int, **said: bool
) -> row_plan.Plan | grid_plan.Plan | mma_sweep.Plan | None:
    """Choose between the families by the cycles that are counted, z being given."""
    rows = _by_rows(b, cell, batch, itemsize, **said)
    together = grid.plan_for(b.kernels, cell, batch, itemsize)
    units = mma_sweep.plan_for(b, cell, batch) if itemsize == 4 else None
    found = [plan for plan in (rows, together, units) if plan is not None]
    return min(found, key=lambda plan: plan.cycles, default=None)


def _by_rows(
    b: Any, cell: Any, batch: int, itemsize: int, features: int = 0, **said: bool
) -> row_plan.Plan | None:
    on = b.kernels
    work = work_of(cell, itemsize, features, **said)
    return row_plan.choose(work, max(batch, 1), on.multiprocessors, on.shared_per_block)


def work_of(cell: Any, itemsize: int, features: int = 0, **said: bool) -> row_plan.Work:
    """Say what a sweep by rows asks for; `said` as in `row_plan.work`."""
    reset_after = bool(getattr(cell, "reset_after", False))
    return row_plan.work(cell.type, cell.units, features, itemsize, reset_after=reset_after, **said)


def _cycles_ahead(b: Any, x: Any, outputs: int) -> float:
    """Guess the cycles that z of a step takes where it is computed ahead, by its own kernel."""
    (batch, steps, features), itemsize = x.shape, x.dtype.itemsize
    rows = batch / b.kernels.multiprocessors
    sums = rows * outputs * features / 100 * (itemsize // 4)
    if mma_products.worth_it(b.precision, x.dtype, batch * steps, outputs, features):
        sums *= 100 / (mma_products.RATE[b.precision] * mma_products.TILES[0].share)
    written = rows * outputs * itemsize / row_plan.MEMORY
    return float(max(sums, written) + LAUNCH / max(steps, 1))


TWINS: dict[str, Callable[..., Any]] = {f"{cell}.sweep": sweep for cell in functions.CELLS}
