"""What a sweep keeps of its steps for the way back: whole arrays, not a list of steps."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..native import functions
from . import elementwise


class Tape(NamedTuple):
    """What the way back needs: gates after and, where asked for, before their activation.

    gates and before are (batch, steps, gates * units), cells (lstm) and m (gru) (batch, steps,
    units), and None where the cell has no such thing; of rnn the gates are y. Rows of steps that
    are not valid were never written.
    """

    gates: Any
    before: Any
    cells: Any
    m: Any
    y: Any
    h0: Any
    c0: Any


def empty_tape(b: Any, cell: Any, y: Any, h: Any, c: Any, width: int) -> Tape:
    """Give room for what the way back needs; h and c are the first state, which stays."""
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
        h,
        c,
    )


def own(b: Any, array: Any) -> Any:
    """Give a copy in C order, which the kernels may write to."""
    return None if array is None else elementwise.cast(b.kernels, array, array.dtype)
