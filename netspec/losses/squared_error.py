"""Squared error: value = (y - t)^2, slope = 2 (y - t)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import OutputLoss

if TYPE_CHECKING:
    from ..backends import Array, Backend


class SquaredError(OutputLoss):
    """Its best constant is the mean."""

    type: Literal["squared_error"] = "squared_error"

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        d = y - t
        return d * d, 2 * d
