"""Pieces: factors[k] from the epoch boundaries[k - 1] on, factors[0] before the first.

Boundaries are counted from the end of the warm-up, 0 being its first epoch.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..options import NotNegative, Size
from .base import Schedule


class Piecewise(Schedule):
    """A factor of one's own choice for every stretch of epochs, one more than boundaries."""

    type: Literal["piecewise"] = "piecewise"
    boundaries: tuple[Size, ...]
    factors: Annotated[tuple[NotNegative, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_factor_more_than_boundaries(self) -> Self:
        if len(self.factors) != len(self.boundaries) + 1:
            raise ValueError(
                f"wanted {len(self.boundaries) + 1} factors, one more than boundaries,"
                f" found {len(self.factors)}"
            )
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise ValueError("wanted boundaries that rise, found one that does not")
        return self

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        return self.factors[sum(time >= boundary for boundary in self.boundaries)]
