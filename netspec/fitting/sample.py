"""What a transformation is fitted on: rows of numbers, some of them at a time.

A row is an event or, where an event has steps, a valid step of one; of an event with more axes it
is all its numbers. Each row has the weight of its event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..errors import DataError

if TYPE_CHECKING:
    from ..dataset import Dataset

LARGEST_COLUMNS = 2**25  # numbers of single variables that are held together


class Sample(NamedTuple):
    """Variables ("V") or targets ("T") of the events `rows` (n,), at some positions.

    `of` is the number of the class whose events count, or None for all; `word` gives what a
    variable is called in an error, `said` is the transformation there.
    """

    events: Dataset
    rows: Any
    kind: str
    positions: tuple[int, ...]
    of: int | None
    word: Callable[[int], str]
    said: str

    def passes(self) -> Iterator[tuple[Any, Any]]:
        """Yield v (m, n) in the spec's dtype, a column for each position, and w (m,) in float64.

        Raises DataError where there are no rows.
        """
        size, there = self.events.at_once, False
        for first in range(0, len(self.rows), size):
            rows = self.rows[first : first + size]
            values, mask = self._values(rows)
            w = numpy.ones(len(rows)) if self.events.weights is None else self.events.weights[rows]
            w = w.astype("float64").reshape(-1, *[1] * (mask.ndim - 1))
            if mask.any():
                there = True
                yield values[mask], numpy.broadcast_to(w, mask.shape)[mask]
        if not there:
            which = "of that class" if self.of is not None else "with steps"
            raise DataError(f"transform: {self.said}: wanted events {which}, found none")

    def columns(self) -> Iterator[tuple[Any, Any]]:
        """Yield all values (m,) of one position after the other, and their weights (m,)."""
        steps = self.events.shape[1] if len(self.events.shape) == 3 else 1
        size = max(1, LARGEST_COLUMNS // max(1, len(self.rows) * steps))
        for first in range(0, len(self.positions), size):
            some = self._replace(positions=self.positions[first : first + size])
            parts = list(some.passes())
            w = numpy.concatenate([part[1] for part in parts])
            for k in range(len(some.positions)):
                yield numpy.concatenate([part[0][:, k] for part in parts]), w

    def refuse(self, wanted: str, which: Sequence[int], found: str) -> DataError:
        """Give the error that columns `which` cannot be transformed."""
        names = ", ".join(self.word(self.positions[k]) for k in which)
        return DataError(f"transform: {self.said}: wanted {wanted}, found {names}, {found}")

    def _values(self, rows: Any) -> tuple[Any, Any]:
        """Give the numbers of some events, and which rows of them count."""
        of_inputs = self.kind == "V"
        values = self.events.inputs(rows) if of_inputs else self.events.targets(rows)
        if of_inputs and values.ndim > 3:
            values = values.reshape(len(values), -1)
        mask = numpy.ones(values.shape[:-1], bool)
        if self.events.lengths is not None and mask.ndim == 2:
            mask &= numpy.arange(mask.shape[1]) < self.events.lengths[rows][:, None]
        if self.of is not None:
            own = classes_of(self.events.targets(rows)) == self.of
            mask &= own.reshape(*own.shape, *[1] * (mask.ndim - own.ndim))
        return values[..., list(self.positions)], mask


def classes_of(t: Any) -> Any:
    """Give the class number of each row of t (..., outputs): that of the largest target.

    With one output it is the first class where the target is 1/2 or more, else the second.
    """
    if t.shape[-1] == 1:
        return numpy.where(t[..., 0] >= 0.5, 0, 1)
    return numpy.argmax(t, -1)
