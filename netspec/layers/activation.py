"""An activation on its own: y = f(x), entry by entry (softmax along the last axis)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .activations import Activation
from .base import Arrays, Forward, Gradients, Layer, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend


class ActivationLayer(Layer):
    """Apply one of `activations` and nothing else."""

    model_config = examples(
        {"activation": "softmax"},
        {"activation": {"type": "elu", "alpha": 0.7}},
        {"activation": {"type": "gelu", "approximate": "tanh"}},
    )

    type: Literal["activation"] = "activation"
    activation: Activation

    def forward(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        rng: Any = None,
        lengths: Any = None,
        state: Any = None,
    ) -> Forward:
        y = self.activation.apply(b, x)

        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            return Gradients(self.activation.back(b, x, y, dy), {}, {})

        return Forward(y, {}, {}, back)
