"""Numbers of one's own: `values`, lists in lists in the shape of the array.

initializers: {W: {type: array, values: [[0.5, -1], [2, 0]]}}
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy
from pydantic import BeforeValidator

from ..errors import SpecError
from .base import Initializer

if TYPE_CHECKING:
    from ..randomness import Stream

DEEPEST = 8


def _even(values: Any, depth: int = 0) -> Any:
    """Give lists in lists of numbers as tuples, of which all beside each other are one shape."""
    if isinstance(values, int | float) and not isinstance(values, bool):
        try:
            number = float(values) + 0.0
        except OverflowError:
            number = float("inf")
        if isfinite(number):
            return number
        raise ValueError("wanted finite numbers, found one that is not")
    if not isinstance(values, list | tuple) or depth == DEEPEST:
        raise ValueError(f"wanted numbers in lists, found {str(values)[:40]!r}")
    rows = tuple(_even(row, depth + 1) for row in values)
    if len(set(map(_shape, rows))) > 1:
        raise ValueError("wanted even rows of numbers, found some longer than others")
    return rows


def _shape(values: Any) -> tuple[int, ...]:
    if not isinstance(values, tuple):
        return ()
    return (len(values), *(_shape(values[0]) if values else ()))


class GivenArray(Initializer):
    """An array of the very shape of its values."""

    type: Literal["array"] = "array"
    values: Annotated[Any, BeforeValidator(_even)]

    def check_shape(self, shape: Sequence[int]) -> None:
        if _shape(self.values) != tuple(shape):
            found = " x ".join(map(str, _shape(self.values))) or "one number"
            wanted = " x ".join(map(str, shape))
            raise SpecError(f"wanted {wanted} numbers, found {found}", path=("values",))

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        return numpy.broadcast_to(numpy.array(self.values, numpy.float64), shape).copy()
