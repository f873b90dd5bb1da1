"""RMSprop: T. Tieleman, G. Hinton, lecture 6.5 of Neural Networks for Machine Learning (2012).

    V = rho V + (1 - rho) g^2
    W = momentum W + rate g / sqrt(V + epsilon)
    w = w - W

with epsilon inside the root, as in TMVA and Keras; PyTorch adds it to the root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import Fraction, Positive
from .base import Factors, Optimizer, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class RMSprop(Optimizer):
    """Steps of the size of the rate, by the spread of past gradients; W with momentum only."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: Positive = 1e-3
    momentum: Fraction = 0.0
    rho: Fraction = 0.9
    epsilon: Positive = 1e-7

    @property
    def carried(self) -> tuple[str, ...]:
        return ("V", "W") if self.momentum else ("V",)

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        (rate,) = factors
        V = self.rho * state["V"] + (1 - self.rho) * (g * g)
        step = rate * g / b.sqrt(V + self.epsilon)
        if not self.momentum:
            return w - step, {"V": V}
        W = self.momentum * state["W"] + step
        return w - W, {"V": V, "W": W}
