"""The sweeps of rnn, lstm and gru in compiled kernels: the same bits as their formulas.

Each takes and gives what `sweep` and `sweep_back` in `netspec/layers` do. The tape is a record of
whole arrays, (batch, steps, ...), in the place of a list of steps. Under recurrent dropout (k) the
formulas themselves run.
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
    if k is not None:
        found: tuple[Any, dict[str, Any], Any] = type(cell).formula(
            b, cell, p, z, start, order, mask, keep, k
        )
        return found
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
        functions.of_cell(cell), p["U"], p.get("b_state"), z, order.step < 0, _lengths(mask),
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
    if k is not None:
        found: tuple[Any, dict[str, Any], dict[str, Any]] = type(cell).formula_back(
            b, cell, p, tape, dy, dfinal, order, mask, k
        )
        return found
    units, (batch, steps, _) = cell.units, dy.shape
    dh = _own(dfinal["h"])
    dc = _own(dfinal["c"]) if "c" in dfinal else None
    width = tape.gates.shape[-1]
    dz = numpy.empty((batch, steps, width), dy.dtype)
    saw = numpy.empty((batch, steps, units), dy.dtype)
    gru = cell.type == "gru"
    ds, saw_c = (numpy.empty_like(saw), numpy.empty_like(saw)) if gru else (None, None)
    b.engine.sweep_back(
        functions.of_cell(cell), p["U"], order.step < 0, _lengths(mask),
        tape.gates, tape.before, tape.cells, tape.m, tape.y, tape.h0, tape.c0,
        functions.plain(dy), dh, dc, dz, saw, ds, saw_c,
    )  # fmt: skip
    if gru:
        da = numpy.ascontiguousarray(dz[:, :, : 2 * units])
        U = b.concatenate([b.outer_sum(da, saw), b.outer_sum(ds, saw_c)], 0)
    else:
        U = b.outer_sum(dz, saw)
    weights = {"U": U}
    if cell.state_bias:
        parts = [da, ds] if gru else [dz]
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
