"""A straight line: factor = 1 + (end - 1) x, where x goes from 0 to 1, step by step."""

from __future__ import annotations

from typing import Literal

from ..options import NotNegative
from .base import Schedule


class Linear(Schedule):
    """From the learning rate to `end` times it at the end of the phase."""

    type: Literal["linear"] = "linear"
    end: NotNegative = 0.0

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        x = min(time / whole, 1.0) if whole > 0 else 0.0
        return 1 + (self.end - 1) * x
