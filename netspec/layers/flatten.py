"""All numbers of an event in one row, step after step: index t * features + d."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Literal

from .base import Arrays, Shape, StatelessLayer, WayBack, examples
from .reshape import known_sizes

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Flatten(StatelessLayer):
    """Input of any known shape, output (numbers,)."""

    model_config = examples({})

    type: Literal["flatten"] = "flatten"

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        return (prod(known_sizes(given)),)

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        y = x.reshape(x.shape[0], prod(x.shape[1:]))
        return y, lambda dy: (dy.reshape(x.shape), {})
