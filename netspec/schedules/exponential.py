"""Exponential decay: factor = gamma^k in the epoch number k, from 0."""

from __future__ import annotations

from typing import Literal

from ..elementary import power
from ..options import Positive
from .base import Schedule


class Exponential(Schedule):
    """PyTorch's ExponentialLR."""

    type: Literal["exponential"] = "exponential"
    gamma: Positive = 0.95

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        return power(self.gamma, int(time))
