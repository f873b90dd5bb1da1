"""The sweeps of rnn, lstm and gru forward on the GPU: the same bits as their formulas.

Each block takes some events through all steps and asks no other (`sweep_rows.cu`, cut by
`row_plan.py`). The cut changes no bit. All arrays are bare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy

from ..native import functions
from . import elementwise, row_plan
from .packed_units import Weights
from .products import product
from .trees import NAMES, number

Arrays = Mapping[str, Any]
THREADS = 256


class Tape(NamedTuple):
    """What the way back needs: gates after and, where asked for, before their activation.

    gates and before are (batch, steps, gates * units), cells (lstm) and m (gru) (batch, steps, units),
    and None where the cell has no such thing; of rnn the gates are y. Rows of steps that are not valid
    were never written.
    """

    gates: Any
    before: Any
    cells: Any
    m: Any
    y: Any
    h0: Any
    c0: Any


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

    Gives NotImplemented for a softmax in the cell, for more units than a block can have, and for an
    array that is not of floats.
    """
    batch, steps, width = z.shape
    if not knows(cell) or z.dtype.name not in NAMES:
        return NotImplemented
    plan = _plan(b, cell, batch, 0, z.dtype.itemsize, drop=k is not None, tape=keep)
    if plan is None:
        return NotImplemented
    h, c = own(b, start["h"]), own(b, start.get("c"))
    y = b.cupy.empty((batch, steps, cell.units), z.dtype)
    tape = empty_tape(b, cell, y, h, c, width) if keep else None
    weights = Weights(b, {name: p[name] for name in ("U", "b_state") if name in p})
    lengths = lengths_of(b, mask)
    launch(b, cell, plan, weights, z, lengths, k, h, c, y, tape, order.step < 0)
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
) -> dict[str, Any] | None:
    """Run one direction of a cell over x (batch, steps, features); give the final states by name.

    `start` are the first states (batch, units), lengths int64 (batch,) or None. h of each step is
    written to y (batch, steps, any width), the first numbers of each row, where there is a y. Where
    the features are few, what they say is computed in the sweep itself; otherwise ahead, as one product.

    None where the sweep by rows does not know the cell.
    """
    (batch, steps, features), n = x.shape, cell.units
    plans = [
        _plan(b, cell, batch, count, x.dtype.itemsize, steps=y is not None)
        for count in (features, 0)
    ]
    if not knows(cell) or plans[1] is None:
        return None
    ahead = _cycles_ahead(b, batch, features, len(cell.gates or "h") * n, x.dtype.itemsize)
    fused = plans[0] is not None and plans[0].cycles <= plans[1].cycles + ahead
    z = x = b.plain(x)
    if not fused:
        W = weights.get("W")
        bias = weights.get("b")
        z = product(b, x, W.reshape(-1, features), None if bias is None else bias.reshape(-1))
    h, c = own(b, start["h"]), own(b, start.get("c"))
    plan = plans[0] if fused else plans[1]
    launch(b, cell, plan, weights, z, lengths, None, h, c, y, None, reverse, features * fused)
    return {"h": h} if c is None else {"h": h, "c": c}


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
    number_of, gate, candidate, squash, forget_bias, reset_after = _told(cell)
    batch, steps = given.shape[:2]
    macros: dict[str, str | int] = {
        **number(given.dtype),
        **plan.macros(),
        "CELL": number_of,
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
    work = _work(cell, features, given.dtype.itemsize)
    kept = (None,) * 4 if tape is None else (tape.gates, tape.before, tape.cells, tape.m)
    args = [
        given,
        weights.packed("W", work, plan.wide) if features else None,
        weights.get("b") if features else None,
        weights.packed("U", work, plan.wide),
        weights.get("b_state"),
        lengths,
        None if drop is None else b.plain(drop),
        h, c, y, *kept, batch, steps, int(reverse),
        0 if y is None else y.shape[-1],
        gate[1], candidate[1], squash[1], float(forget_bias),
    ]  # fmt: skip
    blocks = (-(-batch // plan.unit_rows),)
    b.kernels.launch(
        "sweep_rows.cu", macros, "sweep_rows", blocks, (plan.threads,), args, plan.shared
    )


def knows(cell: Any) -> bool:
    """Whether the kernels have all of a cell's activations: all but softmax, which asks for rows."""
    told = _told(cell)
    softmax = functions.KINDS["softmax"]
    return told is not None and all(pair[0] != softmax for pair in told[1:4])


def empty_tape(b: Any, cell: Any, y: Any, h: Any, c: Any, width: int) -> Tape:
    """Give room for what the way back needs, and copies of the first state."""
    batch, steps, units = y.shape

    def series(wanted: bool, size: int) -> Any:
        return b.cupy.empty((batch, steps, size), y.dtype) if wanted else None

    used = [cell.activation, getattr(cell, "gate_activation", cell.activation)]
    by_output = all(functions.word(function) in functions.BY_OUTPUT for function in used)
    return Tape(
        series(cell.type != "rnn", width),
        series(not by_output, width),
        series(c is not None, units),
        series(cell.type == "gru", units),
        y,
        own(b, h),
        own(b, c),
    )


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


def own(b: Any, array: Any) -> Any:
    """Give a copy in C order, which the kernels may write to."""
    return None if array is None else elementwise.cast(b.kernels, array, array.dtype)


def _told(cell: Any) -> Any:
    return functions.of_cell(cell)


def _work(cell: Any, features: int, itemsize: int, **said: bool) -> row_plan.Work:
    reset_after = bool(getattr(cell, "reset_after", False))
    return row_plan.work(cell.type, cell.units, features, itemsize, reset_after=reset_after, **said)


def _plan(
    b: Any, cell: Any, batch: int, features: int, itemsize: int, **said: bool
) -> row_plan.Plan | None:
    work = _work(cell, features, itemsize, **said)
    on = b.kernels
    return row_plan.choose(work, max(batch, 1), on.multiprocessors, on.shared_per_block)


def _cycles_ahead(b: Any, batch: int, features: int, outputs: int, itemsize: int) -> float:
    """Guess the cycles that z of one step takes where it is computed ahead: sums, and z written."""
    rows = batch / b.kernels.multiprocessors
    sums = rows * outputs * features / 100 * (itemsize // 4)
    return max(sums, rows * outputs * itemsize / row_plan.MEMORY)
