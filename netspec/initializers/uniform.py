"""Flat from `low` to `high`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import model_validator

from ..options import Finite
from .base import Initializer

if TYPE_CHECKING:
    from ..randomness import Stream


class Uniform(Initializer):
    """Any array; the defaults are Keras's."""

    type: Literal["uniform"] = "uniform"
    low: Finite = -0.05
    high: Finite = 0.05

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"wanted low below high, found {self.low} and {self.high}")
        return self

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        u = stream.uniform(shape)
        return self.low * (1 - u) + self.high * u
