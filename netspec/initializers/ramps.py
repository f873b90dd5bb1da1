"""Numbers that rise in even steps from `low` to `high`, and begin again after each of `sizes`.

initializers: {edges: {type: ramps, low: 0, high: 1, sizes: [3, 2]}}           0 0.5 1 0 1
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy
from pydantic import Field, model_validator

from ..errors import SpecError
from ..options import Finite, Size
from .base import Initializer

if TYPE_CHECKING:
    from ..randomness import Stream


class Ramps(Initializer):
    """An array of one axis; a ramp of one number is `low`. Nothing is drawn."""

    type: Literal["ramps"] = "ramps"
    low: Finite = 0.0
    high: Finite = 1.0
    sizes: Annotated[tuple[Size, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"wanted low below high, found {self.low} and {self.high}")
        return self

    def check_shape(self, shape: Sequence[int]) -> None:
        if tuple(shape) != (sum(self.sizes),):
            wanted = " x ".join(map(str, shape))
            raise SpecError(
                f"wanted sizes that make {wanted} numbers, found {sum(self.sizes)}",
                path=("sizes",),
            )

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        parts = [numpy.arange(size) / max(size - 1, 1) for size in self.sizes]
        part = numpy.concatenate(parts)
        return self.low * (1 - part) + self.high * part
