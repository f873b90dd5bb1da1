"""All numbers of an event in one row, step after step: index t * features + d."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Literal

from .base import Arrays, Forward, Gradients, Layer, Shape, examples
from .reshape import known_sizes

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Flatten(Layer):
    """Input of any known shape, output (numbers,)."""

    model_config = examples({})

    type: Literal["flatten"] = "flatten"

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        return (prod(known_sizes(given)),)

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
        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            return Gradients(dy.reshape(x.shape), {}, {})

        return Forward(x.reshape(x.shape[0], prod(x.shape[1:])), {}, {}, back)
