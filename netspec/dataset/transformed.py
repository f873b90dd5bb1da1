"""The same events after a formula: a data set whose inputs, targets or both went through one.

What lies in memory goes through it once, some events at a time, and lies in memory again; what
lies in files does whenever it is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy

from ..data.rows import Held, Rows
from .events import Dataset

if TYPE_CHECKING:
    from ..spec import NetworkSpec

Formula = Callable[[Any, Any], Any]


def transformed(
    events: Dataset, spec: NetworkSpec, x: Formula | None = None, t: Formula | None = None
) -> Dataset:
    """Give the events with x (n, ...), t (n, ..., k) or both replaced by what a formula gives.

    A formula takes some events and their lengths (n,), or None, and gives an array of the same
    shape and dtype. Raises DataError where it gives what no network can be trained on.
    """
    columns = dict(events.columns)
    for name, formula, take in (("x", x, events.inputs), ("y", t, events.targets)):
        if formula is not None:
            columns[name] = _changed(_Transformed(events, columns[name], spec.dtype, formula, take))
    return Dataset(spec, columns, variables=events.variables)


class _Transformed:
    """Rows that go through a formula when they are taken."""

    def __init__(
        self,
        events: Dataset,
        rows: Rows,
        dtype: str,
        formula: Formula,
        take: Callable[[Any], Any],
    ) -> None:
        self.where = f"{rows.where}, transformed"
        self.stored, self.dtype = rows.stored, numpy.dtype(dtype)
        self._lengths, self._formula, self._take = events.lengths, formula, take
        self.at_once = events.at_once
        self.shape = (len(events), *take(numpy.arange(1)).shape[1:])

    def take(self, rows: Any) -> Any:
        lengths = None if self._lengths is None else self._lengths[rows]
        return self._formula(self._take(rows), lengths)

    def between(self, first: int, end: int) -> Any:
        return self.take(numpy.arange(first, end))


def _changed(rows: _Transformed) -> Rows:
    """Give the rows, in memory where what they are made of lies there."""
    if rows.stored:
        return rows
    whole = numpy.empty(rows.shape, rows.dtype)
    for first in range(0, len(whole), rows.at_once):
        part = slice(first, min(first + rows.at_once, len(whole)))
        whole[part] = rows.between(part.start, part.stop)
    return Held(whole, rows.where)
