"""Absolute error: value = |y - t|, slope = the sign of y - t, 0 where they are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import OutputLoss

if TYPE_CHECKING:
    from ..backends import Array, Backend


class AbsoluteError(OutputLoss):
    """Its best constant is the median."""

    type: Literal["absolute_error"] = "absolute_error"

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        d = y - t
        return b.abs(d), b.where(d > 0, 1.0, b.where(d < 0, -1.0, d))
