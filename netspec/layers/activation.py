"""An activation on its own: y = f(x), entry by entry (softmax along the last axis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .activations import Activation
from .base import Arrays, StatelessLayer, WayBack, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend


class ActivationLayer(StatelessLayer):
    """Apply one of `activations` and nothing else."""

    model_config = examples(
        {"activation": "softmax"},
        {"activation": {"type": "elu", "alpha": 0.7}},
        {"activation": {"type": "gelu", "approximate": "tanh"}},
    )

    type: Literal["activation"] = "activation"
    activation: Activation

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        y = self.activation.apply(b, x)
        return y, lambda dy: (self.activation.back(b, x, y, dy), {})
