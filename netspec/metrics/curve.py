"""The curve of true against false positives, for events with weights.

From the highest score to the lowest, at every score s,

    true[s]  = sum of p over scores >= s / sum of p
    false[s] = sum of n over scores >= s / sum of n

with p and n the weights of an event as one of the class and as none of it. Events of the same score
are one step, straight, as if they came in any order: so the area under the curve,

    area = (sum over pairs of p n where the first scores higher, and half where it scores the same)
           / (sum of p sum of n),

is the probability that an event of the class scores higher. T. Fawcett, Pattern Recognition Letters
27 (2006) 861.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

if TYPE_CHECKING:
    Array = numpy.ndarray[Any, numpy.dtype[Any]]

POINTS = 200  # of a curve that is kept


class Curve(NamedTuple):
    """Points from (0, 0) to (1, 1): `false`, `true` and the `score` from which on they hold."""

    false: Array
    true: Array
    score: Array

    @property
    def area(self) -> float:
        """The area under the curve, by trapezoids, which is exact."""
        widths = numpy.diff(self.false)
        return float((widths * (self.true[1:] + self.true[:-1]) / 2).sum())

    def true_at(self, false: float) -> float:
        """Give the highest true rate at a false rate, on the straight line between points."""
        last = int(numpy.searchsorted(self.false, false, "right")) - 1
        if last + 1 == len(self.false):
            return float(self.true[last])
        width = self.false[last + 1] - self.false[last]
        height = self.true[last + 1] - self.true[last]
        return float(self.true[last] + (false - self.false[last]) / width * height)

    def score_at(self, false: float) -> float:
        """Give the lowest score that keeps the false rate at or below this."""
        last = int(numpy.searchsorted(self.false, false, "right")) - 1
        return float(self.score[last])

    def thin(self, points: int = POINTS) -> Curve:
        """Give about so many of the points, evenly along the curve, both ends among them."""
        if len(self.false) <= points:
            return self
        along = self.false + self.true
        chosen = numpy.unique(numpy.searchsorted(along, numpy.linspace(0, along[-1], points)))
        chosen = numpy.union1d(chosen, [0, len(along) - 1])
        return Curve(*(array[chosen] for array in self))


def curve(score: Array, p: Array, n: Array) -> Curve:
    """Give the curve for scores and the weights of each event as positive and as negative.

    All are (rows,); the weights of neither kind may all be 0.
    """
    order = numpy.argsort(-score, kind="stable")
    score, p, n = score[order], p[order], n[order]
    last_of_its_score = numpy.flatnonzero(numpy.append(score[1:] != score[:-1], True))
    true = numpy.cumsum(p, dtype="float64")[last_of_its_score]
    false = numpy.cumsum(n, dtype="float64")[last_of_its_score]
    return Curve(
        numpy.concatenate([[0.0], false / false[-1]]),
        numpy.concatenate([[0.0], true / true[-1]]),
        numpy.concatenate([[numpy.inf], score[last_of_its_score].astype("float64")]),
    )
