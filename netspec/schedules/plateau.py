"""Down when the loss no longer falls: factor = gamma^k after k plateaus, not below `least`.

A loss is an improvement where it is below the best one by more than `threshold` times that. After
more than `patience` epochs in a row without one the factor falls, and counting begins anew.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

from pydantic import Field

from ..options import NotNegative
from .base import Schedule


class Plateau(Schedule):
    """PyTorch's ReduceLROnPlateau, with its defaults and without a cool-down."""

    type: Literal["plateau"] = "plateau"
    gamma: Annotated[float, Field(gt=0, lt=1, strict=True)] = 0.1
    patience: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] = 10
    threshold: NotNegative = 1e-4
    least: NotNegative = 0.0

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        best, waited, factor = inf, 0, 1.0
        for loss in losses:
            if loss < best - (self.threshold * abs(best) if best < inf else 0.0):
                best, waited = loss, 0
                continue
            waited += 1
            if waited > self.patience:
                factor, waited = max(factor * self.gamma, self.least), 0
        return factor
