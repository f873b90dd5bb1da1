"""Steps down: factor = gamma^k, k the number of times that `every` epochs have passed."""

from __future__ import annotations

from typing import Literal

from ..elementary import power
from ..options import Positive, Size
from .base import Schedule


class Step(Schedule):
    """PyTorch's StepLR."""

    type: Literal["step"] = "step"
    every: Size = 10
    gamma: Positive = 0.1

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        return power(self.gamma, int(time) // self.every)
