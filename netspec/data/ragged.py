"""Arrays of different lengths, one for each event: all numbers in a row, and where each begins.

Of events i the numbers are content[offsets[i] : offsets[i + 1]].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

if TYPE_CHECKING:
    from . import Array


class Ragged(NamedTuple):
    """Numbers `content` (any,), and `offsets` (events + 1,) of int64, ascending."""

    offsets: Array
    content: Array

    @property
    def events(self) -> int:
        """How many events there are."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Array:
        """How many numbers each event has."""
        return numpy.diff(self.offsets)

    def between(self, first: int, end: int) -> Ragged:
        """Give the events from `first` to before `end`."""
        return Ragged(self.offsets[first : end + 1], self.content)

    def entry(self, k: int) -> Array:
        """Give number k of every event, NaN where there are fewer, in float64."""
        found = numpy.full(self.events, numpy.nan)
        there = numpy.flatnonzero(self.lengths > k)
        found[there] = self.content[self.offsets[there] + k]
        return found

    def told(self, what: str) -> Array:
        """Give `Length$`, `Sum$`, `Min$` or `Max$` of every event, 0 where it has no numbers."""
        if what == "Length$":
            return self.lengths
        found = numpy.zeros(self.events)
        there = numpy.flatnonzero(self.lengths > 0)
        if len(there):
            # Between the starts of two events that have numbers lie the numbers of the first.
            numbers = self.content[self.offsets[0] : self.offsets[-1]].astype("float64")
            found[there] = REDUCING[what].reduceat(numbers, self.offsets[there] - self.offsets[0])
        return found

    def fill(self, found: Array) -> None:
        """Write the numbers into `found` (events, steps), as many as there is room for; then 0."""
        lengths = numpy.minimum(self.lengths, found.shape[1])
        steps = numpy.arange(found.shape[1])
        valid = steps < lengths[:, None]
        found[...] = 0
        found[valid] = self.content[(self.offsets[:-1, None] + steps)[valid]]


REDUCING: dict[str, Any] = {"Sum$": numpy.add, "Min$": numpy.minimum, "Max$": numpy.maximum}
