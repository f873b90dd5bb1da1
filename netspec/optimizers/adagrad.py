"""Adagrad: J. Duchi, E. Hazan, Y. Singer, J. Mach. Learn. Res. 12 (2011) 2121.

    V = V + g^2
    w = w - rate g / sqrt(V + epsilon)

with epsilon inside the root, as in TMVA and Keras; PyTorch adds it to the root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import Positive
from .base import Factors, Optimizer, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Adagrad(Optimizer):
    """Smaller steps the more a weight was moved."""

    type: Literal["adagrad"] = "adagrad"
    learning_rate: Positive = 1e-2
    epsilon: Positive = 1e-8

    @property
    def carried(self) -> tuple[str, ...]:
        return ("V",)

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        (rate,) = factors
        V = state["V"] + g * g
        return w - rate * g / b.sqrt(V + self.epsilon), {"V": V}
