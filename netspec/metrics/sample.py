"""Outputs of a network beside what they should have been, row by row.

A row is an event or, where the output is per step, a valid step of one, with the event's weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy

from ..errors import DataError

if TYPE_CHECKING:
    Array = numpy.ndarray[Any, numpy.dtype[Any]]


@dataclass(frozen=True)
class Sample:
    """`y` and `t` (rows, k), `weights` (rows,) or None, `values` (rows,) of the loss `loss`.

    `terms` is how many values of the loss a row has. `of_classes`: the k numbers stand for the
    classes `names` (two names and one number: the score of the first); else `names` are those of
    the targets. `one_of_all`: the loss takes classes for ones that exclude each other.
    `probabilities`: the numbers are from 0 to 1 by their activation. `threshold` is
    the score from which on an event is taken to be of a class.

    Raises DataError where weights are negative, or an output is no number.
    """

    y: Array
    t: Array
    weights: Array | None = None
    values: Array | None = None
    terms: int = 1
    loss: str = ""
    of_classes: bool = True
    names: tuple[str, ...] = ()
    one_of_all: bool = False
    probabilities: bool = True
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if self.weights is not None and len(bad := numpy.flatnonzero(~(self.weights >= 0))):
            raise DataError(
                f"weights[{bad[0]}]: wanted a weight that is not negative, "
                f"found {self.weights[bad[0]]:.9g}: leave such events out, or out of the weights"
            )
        if not self.w.sum() > 0:
            raise DataError("wanted rows with a weight above 0, found none")

    @cached_property
    def w(self) -> Array:
        """The weights (rows,) in float64; 1 where there are none."""
        return numpy.ones(len(self.y)) if self.weights is None else self.weights.astype("float64")

    @property
    def is_score(self) -> bool:
        """Whether the one output is the score of the first of two classes."""
        return self.of_classes and self.y.shape[1] == 1

    @cached_property
    def exclusive(self) -> bool:
        """Whether each row belongs to one of several classes."""
        if not self.of_classes or self.y.shape[1] == 1:
            return False
        return self.one_of_all or bool((self.t.sum(1) == 1).all())

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each class, two for a score."""
        count = 2 if self.is_score else self.y.shape[1]
        if self.is_score:
            return (self.names + ("first", "other")[len(self.names) :])[:2]
        return self.names if len(self.names) == count else tuple(map(str, range(count)))

    @cached_property
    def truth(self) -> Array:
        """The number of the class of each row (rows,)."""
        return _class_of(self.t, 0.5)

    @cached_property
    def guess(self) -> Array:
        """The number of the class that the outputs name (rows,)."""
        return _class_of(self.y, self.threshold)

    def of_class(self, number: int) -> tuple[Array, Array, Array]:
        """Give the score of a class, and how much of each row's weight is of it and is not.

        A row whose target is between 0 and 1 is partly the one and partly the other.
        """
        if self.is_score:
            sign = 1 if number == 0 else -1
            share = self.t[:, 0] if number == 0 else 1 - self.t[:, 0]
            return sign * self.y[:, 0], self.w * share, self.w * (1 - share)
        share = self.t[:, number]
        return self.y[:, number], self.w * share, self.w * (1 - share)


def _class_of(numbers: Array, threshold: float) -> Array:
    if numbers.shape[1] == 1:
        return numpy.where(numbers[:, 0] >= threshold, 0, 1)
    largest: Array = numpy.argmax(numbers, 1)
    return largest


def effective(w: Array) -> float:
    """Give the number of events without weights that have the statistical error of these,
    (sum w)^2 / sum w^2.
    """
    squares = float((w * w).sum())
    return float(w.sum()) ** 2 / squares if squares else 0.0


def binomial_error(part: float, w: Array) -> float:
    """Give the standard deviation sqrt(p (1 - p) / n) of a part p of rows of weights w."""
    n = effective(w)
    return float((max(0.0, part * (1 - part)) / n) ** 0.5) if n else 0.0
