"""Adam with weight decay beside the gradient: I. Loshchilov, F. Hutter, arXiv:1711.05101.

    w = (1 - rate weight_decay) w, then Adam's step

The decay does not pass through m and v. It takes every trained array, as PyTorch's does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import NotNegative
from .adam import Adam
from .base import Factors, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class AdamW(Adam):
    """Options and defaults are Adam's, the decay PyTorch's."""

    type: Literal["adamw"] = "adamw"  # type: ignore[assignment]  # Adam's step by another name
    weight_decay: NotNegative = 1e-2

    def factors(self, rate: float, step: int) -> Factors:
        """Give Adam's two factors, and what the weight is multiplied by."""
        return (*super().factors(rate, step), 1 - rate * self.weight_decay)

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        size, spread, kept = factors
        return super().update(b, kept * w, g, state, (size, spread))
