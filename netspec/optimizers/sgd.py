"""Stochastic gradient descent, with momentum or without.

    v = momentum v + g
    w = w - rate v,         with `nesterov`:  w = w - rate (g + momentum v)

I. Sutskever, J. Martens, G. Dahl, G. Hinton, ICML 2013, in the form that PyTorch gives it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from ..options import Flag, Fraction, Positive
from .base import Factors, Optimizer, State

if TYPE_CHECKING:
    from ..backends import Array, Backend


class SGD(Optimizer):
    """Without momentum it carries nothing."""

    type: Literal["sgd"] = "sgd"
    learning_rate: Positive = 1e-2
    momentum: Fraction = 0.0
    nesterov: Flag = False

    @model_validator(mode="after")
    def _no_option_without_effect(self) -> Self:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov wants a momentum, found 0: say `momentum: 0.9`")
        return self

    @property
    def carried(self) -> tuple[str, ...]:
        return ("v",) if self.momentum else ()

    def update(
        self, b: Backend, w: Array, g: Array, state: State, factors: Factors
    ) -> tuple[Array, dict[str, Array]]:
        (rate,) = factors
        if not self.momentum:
            return w - rate * g, {}
        v = self.momentum * state["v"] + g
        step = g + self.momentum * v if self.nesterov else v
        return w - rate * step, {"v": v}
