"""The sweeps of rnn, lstm and gru forward on the GPU: the same bits as their formulas.

By which family of kernels, and in which cut, `sweep_plan.py` says; this is how they are launched,
and what is theirs alone of those by rows (`sweep_rows.cu`). All arrays are bare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy

from ..native import functions
from . import elementwise, grid, mma_sweep, row_plan, sweep_plan
from .kernels import Ready
from .packed_units import Weights
from .products import product
from .sweep_plan import Plan
from .tape import Tape, empty_tape
from .trees import FLOATS, number

Arrays = Mapping[str, Any]
States = tuple[Any, Any]  # h and, of lstm, c (batch, units), or None
THREADS = 256


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
    if z.dtype not in FLOATS or not b.once(sweep_plan.knows, cell):
        return NotImplemented
    plan = b.once(sweep_plan.of_z, cell, batch, z.dtype.itemsize, k is not None, keep)
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
    way = b.once(sweep_plan.of_x, cell, x.shape, x.dtype, y is not None)
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
    work = sweep_plan.work_of(cell, dtype.itemsize, features)
    return ready, work, (gate[1], candidate[1], squash[1], float(forget_bias))


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


TWINS: dict[str, Callable[..., Any]] = {f"{cell}.sweep": sweep for cell in functions.CELLS}
