"""The sweeps of rnn, lstm and gru in compiled kernels: the same bits as their formulas.

Each takes and gives what `sweep` and `sweep_back` in `netspec/layers` do. The tape is a record of
whole arrays, (batch, steps, ...), in the place of a list of steps. k is what recurrent
dropout multiplies h[t-1] by before U sees it, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy

from . import functions

Arrays = Mapping[str, Any]


class Tape(NamedTuple):
    """What the way back needs: gates after and, where asked for, before their activation."""

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
) -> tuple[Any, dict[str, Any], Any]:
    """Run over z (batch, steps, gates * units)."""
    units, (batch, steps, width) = cell.units, z.shape
    h = _own(start["h"])
    c = _own(start["c"]) if "c" in start else None
    y = numpy.empty((batch, steps, units), z.dtype)

    def series(wanted: bool, size: int) -> Any:
        return numpy.empty((batch, steps, size), z.dtype) if wanted else None

    gates = series(keep, width)
    before = series(keep and not _slopes_by_output(cell), width)
    cells = series(keep and c is not None, units)
    m = series(keep and cell.type == "gru", units)
    tape = Tape(gates, before, cells, m, y, _own(h), None if c is None else _own(c)) if keep else []
    b.engine.sweep(
        functions.of_cell(cell), p["U"], p.get("b_state"), z, order.step < 0, _lengths(mask), k,
        h, c, y, gates, before, cells, m,
    )  # fmt: skip
    return y, {"h": h} if c is None else {"h": h, "c": c}, tape


def sweep_back(
    b: Any,
    cell: Any,
    p: Arrays,
    tape: Tape,
    dy: Any,
    dfinal: Arrays,
    order: range,
    mask: Any,
    k: Any = None,
) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Walk the tape backwards."""
    dh = _own(dfinal["h"])
    dc = _own(dfinal["c"]) if "c" in dfinal else None
    dz = numpy.empty((*dy.shape[:2], tape.gates.shape[-1]), dy.dtype)
    ds = numpy.empty_like(dy, order="C") if getattr(cell, "reset_after", False) else None
    reverse, lengths = order.step < 0, _lengths(mask)
    b.engine.sweep_back(
        functions.of_cell(cell), p["U"], reverse, lengths, k,
        tape.gates, tape.before, tape.cells, tape.m, tape.y, tape.h0, tape.c0,
        functions.plain(dy), dh, dc, dz, ds,
    )  # fmt: skip
    U = numpy.empty(p["U"].shape, dy.dtype)
    # U saw y one step before; without reset_after, U_c saw m.
    parts = [dz]
    if cell.type == "gru":
        split = 2 * cell.units
        parts = [dz[:, :, :split], dz[:, :, split:] if ds is None else ds]
        if ds is None:
            b.engine.outer_sum(parts[1], tape.m, U[2], lengths=lengths)
        else:
            b.engine.outer_sum(ds, tape.y, U[2], tape.h0, reverse, lengths, k)
    b.engine.outer_sum(
        parts[0], tape.y, U[:2] if len(parts) > 1 else U, tape.h0, reverse, lengths, k
    )
    weights = {"U": U}
    if cell.state_bias:
        weights["b_state"] = b.concatenate([b.sum(part, (0, 1)) for part in parts], 0)
    return dz, weights, {"h": dh} if dc is None else {"h": dh, "c": dc}


def _own(array: Any) -> Any:
    """A copy in C order, which the kernels may write to."""
    return numpy.array(array, order="C")


def _lengths(mask: Any) -> Any:
    return None if mask is None else numpy.count_nonzero(mask, axis=1).astype(numpy.int64)


def _slopes_by_output(cell: Any) -> bool:
    used = [cell.activation, getattr(cell, "gate_activation", cell.activation)]
    return all(functions.word(function) in functions.BY_OUTPUT for function in used)


TWINS: dict[str, Callable[..., Any]] = {
    f"{cell}.{name}": twin
    for cell in functions.CELLS
    for name, twin in (("sweep", sweep), ("sweep_back", sweep_back))
}
