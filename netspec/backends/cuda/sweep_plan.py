"""How a sweep forward is computed: by which family of kernels, and in which cut.

Two families share the work out. Of many events each block takes some through all steps and asks no
other (`sweep_rows.cu`, cut by `row_plan.py`); of few events and many units the blocks share the
units of every step (`grid.py`). Which one, and which cut, changes no bit. Where lower precision is
permitted, there is a third (`mma_sweep.py`). What the input says, z = W x + b, is computed in the
sweep itself, or ahead, as one product. Whatever takes the fewest cycles, by count, is taken.
"""

from __future__ import annotations

from math import inf
from typing import Any

from ..native import functions
from . import grid, grid_plan, mma_products, mma_sweep, row_plan
from .trees import FLOATS

Plan = row_plan.Plan | grid_plan.Plan | mma_sweep.Plan
LAUNCH = 7000.0  # cycles that one launch more costs: 4 microseconds


def knows(_: Any, cell: Any) -> bool:
    """Whether the kernels have all of a cell's activations: they have all but softmax."""
    told = functions.of_cell(cell)
    softmax = functions.KINDS["softmax"]
    return told is not None and all(pair[0] != softmax for pair in told[1:4])


def of_x(
    b: Any, cell: Any, shape: tuple[int, ...], dtype: Any, steps: bool
) -> tuple[Plan, bool] | None:
    """Choose how x is swept over, and whether what it says is computed there; None where it cannot.

    `steps` says whether there is a y.
    """
    batch, _, features = shape
    if not knows(b, cell) or dtype not in FLOATS:
        return None
    given = of_z(b, cell, batch, dtype.itemsize, steps=steps)
    if given is None:
        return None
    within = _by_rows(b, cell, batch, dtype.itemsize, features, steps=steps) if features else None
    cycles = given.cycles + _cycles_ahead(b, cell, shape, dtype)
    if within is not None and within.cycles <= cycles:
        return within, True
    return given, False


def of_z(
    b: Any,
    cell: Any,
    batch: int,
    itemsize: int,
    drop: bool = False,
    tape: bool = False,
    steps: bool = True,
) -> Plan | None:
    """Choose between the families by the cycles that are counted, z being given."""
    rows = _by_rows(b, cell, batch, itemsize, drop=drop, tape=tape, steps=steps)
    below = inf if rows is None else rows.cycles
    together = grid.plan_for(b.kernels, cell, batch, itemsize, below=below)
    units = mma_sweep.plan_for(b, cell, batch) if itemsize == 4 else None
    found: list[Plan] = [plan for plan in (rows, together, units) if plan is not None]
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


def _cycles_ahead(b: Any, cell: Any, shape: tuple[int, ...], dtype: Any) -> float:
    """Guess the cycles that z of a step takes where it is computed ahead, by its own kernel."""
    (batch, steps, features), itemsize = shape, dtype.itemsize
    outputs = max(1, len(cell.gates)) * cell.units
    rows = batch / b.kernels.multiprocessors
    sums = rows * outputs * features / 100 * (itemsize // 4)
    if mma_products.worth_it(b.precision, dtype, batch * steps, outputs, features):
        sums *= 100 / (mma_products.RATE[b.precision] * mma_products.TILES[0].share)
    written = rows * outputs * itemsize / row_plan.MEMORY
    return float(max(sums, written) + LAUNCH / max(steps, 1))
