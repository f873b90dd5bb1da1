"""A constant rate: factor = 1."""

from __future__ import annotations

from typing import Literal

from .base import Schedule


class Constant(Schedule):
    """The learning rate as it is, after the warm-up if there is one."""

    type: Literal["constant"] = "constant"

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        return 1.0
