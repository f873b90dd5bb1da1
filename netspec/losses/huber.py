"""Huber's loss: squared near the target, absolute far from it. With d = y - t,

    value = d^2 / 2                     where |d| <= delta
            delta (|d| - delta / 2)     elsewhere
    slope = d, no further from 0 than delta

P. J. Huber, Ann. Math. Statist. 35 (1964) 73.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import Positive
from .base import OutputLoss

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Huber(OutputLoss):
    """`delta` is the distance from which on an error counts in proportion only."""

    type: Literal["huber"] = "huber"
    delta: Positive = 1.0

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        d = y - t
        size = b.abs(d)
        near, far = 0.5 * d * d, self.delta * (size - 0.5 * self.delta)
        value = b.where(size <= self.delta, near, far)
        return value, b.maximum(b.minimum(d, self.delta), -self.delta)
