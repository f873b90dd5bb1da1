"""Adadelta: M. D. Zeiler, arXiv:1212.5701.

V = rho V + (1 - rho) g^2
d = sqrt(W + epsilon) g / sqrt(V + epsilon)
w = w - rate d
W = rho W + (1 - rho) d^2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..options import Fraction, Positive
from .base import Factors, Optimizer, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Adadelta(Optimizer):
    """Steps of the size of past steps; the paper's rate is 1."""

    type: Literal["adadelta"] = "adadelta"
    learning_rate: Positive = 1.0
    rho: Fraction = 0.95
    epsilon: Positive = 1e-8

    @property
    def carried(self) -> tuple[str, ...]:
        return ("V", "W")

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        (rate,) = factors
        V = self.rho * state["V"] + (1 - self.rho) * (g * g)
        d = b.sqrt(state["W"] + self.epsilon) * g / b.sqrt(V + self.epsilon)
        W = self.rho * state["W"] + (1 - self.rho) * (d * d)
        return w - rate * d, {"V": V, "W": W}
