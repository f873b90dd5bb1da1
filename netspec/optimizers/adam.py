"""Adam: D. P. Kingma, J. Ba, arXiv:1412.6980, algorithm 1.

    m = beta1 m + (1 - beta1) g
    v = beta2 v + (1 - beta2) g^2
    w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)

with `epsilon_hat` the form at the end of the paper's section 2, which is TMVA's:

    w = w - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Literal

from ..elementary import power
from ..options import Flag, Fraction, Positive
from .base import Factors, Optimizer, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Adam(Optimizer):
    """Steps of the size of the rate, by the mean and the spread of past gradients."""

    type: Literal["adam"] = "adam"
    learning_rate: Positive = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Positive = 1e-7
    epsilon_hat: Flag = False

    @property
    def carried(self) -> tuple[str, ...]:
        return ("m", "v")

    def factors(self, rate: float, step: int) -> Factors:
        """Give the size of the step and what sqrt(v) is divided by."""
        size = rate / (1 - power(self.beta1, step))
        spread = sqrt(1 - power(self.beta2, step))
        return (size * spread, 1.0) if self.epsilon_hat else (size, spread)

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        size, spread = factors
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * (g * g)
        return w - size * m / (b.sqrt(v) / spread + self.epsilon), {"m": m, "v": v}
