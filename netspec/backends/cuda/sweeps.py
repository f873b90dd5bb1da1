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
from . import elementwise, grid, grid_plan, mma_products, mma_sweep, row_plan
from .kernels import Ready
from .packed_units import Weights
from .products import product
from .tape import Tape, empty_tape
from .trees import FLOATS, number

Arrays = Mapping[str, Any]
States = tuple[Any, Any]  # h and, of lstm, c (batch, units), or None
Plan = row_plan.Plan | grid_plan.Plan | mma_sweep.Plan
THREADS = 256
LAUNCH = 7000.0  # cycles that one launch more costs: 4 microseconds


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

    A first state that is None is zeros. Gives NotImplemented for a softmax in the cell, for more
    units than the kernels can have, and for an array that is not of floats.
    """
    batch, steps, width = z.shape
    if z.dtype not in FLOATS or not b.once(_knows, cell):
        return NotImplemented
    plan = b.once(_plan, cell, batch, z.dtype.itemsize, k is not None, keep)
    if plan is None:
        return NotImplemented
    z, k = b.plain(z), None if k is None else b.plain(k)
    first, final = first_of(b, cell, start, batch, z.dtype), room_for(b, cell, batch, z.dtype)
    y = b.cupy.empty((batch, steps, cell.units), z.dtype)
    tape = empty_tape(b, cell, y, *first, width) if keep else None
    weights = Weights(b, {name: p[name] for name in ("U", "b_state") if name in p})
    lengths = lengths_of(b, mask)
    _over(b, cell, plan, weights, z, lengths, k, first, final, y, tape, order.step < 0)
    return y, dict(zip(cell.carried, final, strict=False)), [] if tape is None else tape


def run(
    b: Any,
    cell: Any,
    weights: Weights,
    x: Any,
    start: Arrays,
    lengths: Any = None,
    reverse: bool = False,
    y: Any = None,
    finals: bool = True,
) -> dict[str, Any] | None:
    """Run one direction of a cell over x (batch, steps, features); give the final states by name.

    `start` are the first states (batch, units), which stay; where there is none, it is zeros.
    Lengths are int64 (batch,) or None. h of each step is written to y (batch, steps, any width),
    the first numbers of each row, where there is a y. Without `finals` nobody asks for the final
    states. What the input says is computed in the sweep itself, or ahead, as one product: whichever
    is the faster. Each NaN that is written is the canonical one.

    None where the kernels do not know the cell.
    """
    batch, _, features = x.shape
    way = b.once(_way, cell, x.shape, x.dtype, y is not None)
    if way is None:
        return None
    plan, within = way
    x, first = b.plain(x), first_of(b, cell, start, batch, x.dtype)
    final = room_for(b, cell, batch, x.dtype) if finals else (None, None)
    if within:
        launch(b, cell, plan, weights, x, lengths, None, first, final, y, None, reverse, features)
    else:
        W, bias = weights.arrays["W"].reshape(-1, features), weights.get("b")
        z = product(b, x, W, None if bias is None else bias.reshape(-1))
        _over(b, cell, plan, weights, z, lengths, None, first, final, y, None, reverse)
    return dict(zip(cell.carried, final, strict=False)) if finals else {}


def first_of(b: Any, cell: Any, start: Arrays, batch: int, dtype: Any) -> States:
    """Give the first state in C order, which is only read."""
    found = [start.get(name) for name in cell.carried]
    if any(array is None for array in found):
        zeros = b.nothing((batch, cell.units), dtype)
        found = [zeros if array is None else array for array in found]
    return b.plain(found[0]), b.plain(found[1]) if len(found) > 1 else None


def room_for(b: Any, cell: Any, batch: int, dtype: Any) -> States:
    """Give room for the final state."""
    shape = (batch, cell.units)
    c = b.cupy.empty(shape, dtype) if "c" in cell.carried else None
    return b.cupy.empty(shape, dtype), c


def _over(
    b: Any,
    cell: Any,
    plan: Plan,
    weights: Weights,
    z: Any,
    lengths: Any,
    drop: Any,
    first: States,
    final: States,
    y: Any,
    tape: Tape | None,
    reverse: bool,
) -> None:
    """Launch the sweep that a plan is for; without room for the final state it goes nowhere."""
    if isinstance(plan, row_plan.Plan):
        launch(b, cell, plan, weights, z, lengths, drop, first, final, y, tape, reverse)
        return
    if final[0] is None:
        final = room_for(b, cell, len(z), z.dtype)
    for array, to in zip(first, final, strict=True):
        if to is not None:
            elementwise.write(b.kernels, to, array)  # these sweep in place
    if isinstance(plan, mma_sweep.Plan):
        p = weights.arrays
        mma_sweep.sweep(b, cell, plan, p, z, lengths, drop, *final, y, tape, reverse)
    else:
        grid.sweep(b, cell, weights.arrays, z, lengths, drop, *final, y, tape, reverse)


def launch(
    b: Any,
    cell: Any,
    plan: row_plan.Plan,
    weights: Weights,
    given: Any,
    lengths: Any,
    drop: Any,
    first: States,
    final: States,
    y: Any,
    tape: Tape | None,
    reverse: bool,
    features: int = 0,
) -> None:
    """Launch a sweep by rows, of z or, with `features`, of x.

    The final state is written where there is room; the first one may be there.
    """
    batch, steps = given.shape[:2]
    said = {
        "STATE_BIAS": int(weights.get("b_state") is not None),
        "TAPE": 0 if tape is None else 1 if tape.before is None else 2,
        "MASKED": int(lengths is not None),
        "DROP": int(drop is not None),
    }
    ready, work, options = b.once(_ready, cell, plan, given.dtype, features, *said.items())
    kept = (None,) * 4 if tape is None else (tape.gates, tape.before, tape.cells, tape.m)
    args = [
        given,
        weights.packed("W", work, plan.tile.wide) if features else None,
        weights.get("b") if features else None,
        weights.packed("U", work, plan.tile.wide),
        weights.get("b_state"),
        lengths,
        drop,
        *first, *final, y, *kept, batch, steps, int(reverse),
        0 if y is None else y.shape[-1],
        *options,
    ]  # fmt: skip
    ready((-(-batch // plan.unit_rows),), args)


def _ready(
    b: Any, cell: Any, plan: row_plan.Plan, dtype: Any, features: int, *said: tuple[str, int]
) -> tuple[Ready, row_plan.Work, tuple[float, ...]]:
    """Give the kernel of a cut, what the weights are packed for, and the cell's numbers."""
    told = functions.of_cell(cell)
    assert told is not None
    kind, gate, candidate, squash, forget_bias, reset_after = told
    macros: dict[str, str | int] = {
        **number(dtype),
        **plan.macros(),
        "CELL": kind,
        "RESET_AFTER": int(reset_after),
        "GATE": gate[0],
        "CANDIDATE": candidate[0],
        "SQUASH": squash[0],
        "UNITS": cell.units,
        "FEATURES": features,
        **dict(said),
    }
    ready = b.kernels.ready("sweep_rows.cu", macros, "sweep_rows", (plan.threads,), plan.shared)
    work = work_of(cell, dtype.itemsize, features)
    return ready, work, (gate[1], candidate[1], squash[1], float(forget_bias))


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


def _knows(_: Any, cell: Any) -> bool:
    return knows(cell)


def _way(
    b: Any, cell: Any, shape: tuple[int, ...], dtype: Any, steps: bool
) -> tuple[Plan, bool] | None:
    """Choose how x is swept over, and whether what it says is computed there; None where it cannot.

    `steps` says whether there is a y.
    """
    batch, _, features = shape
    if not knows(cell) or dtype not in FLOATS:
        return None
    ahead = _plan(b, cell, batch, dtype.itemsize, steps=steps)
    if ahead is None:
        return None
    within = _by_rows(b, cell, batch, dtype.itemsize, features, steps=steps) if features else None
    cycles = ahead.cycles + _cycles_ahead(b, cell, shape, dtype)
    if within is not None and within.cycles <= cycles:
        return within, True
    return ahead, False


def _plan(
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
    together = grid.plan_for(b.kernels, cell, batch, itemsize)
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


TWINS: dict[str, Callable[..., Any]] = {f"{cell}.sweep": sweep for cell in functions.CELLS}
