"""The same numbers in another shape, the last axis running fastest."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ..errors import SpecError
from ..options import Size
from .base import Arrays, Shape, StatelessLayer, WayBack, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend


def known_sizes(given: Shape) -> tuple[int, ...]:
    """`given`, where every size is known. Raises SpecError where the steps are not."""
    sizes = tuple(size for size in given if size is not None)
    if len(sizes) != len(given):
        raise SpecError("wanted a known number of steps, found any: give `steps` in the input")
    return sizes


class Reshape(StatelessLayer):
    """Give each event the shape `shape`, of as many numbers as it had."""

    model_config = examples({"shape": [3, 4]}, {"shape": [12]})

    type: Literal["reshape"] = "reshape"
    shape: Annotated[tuple[Size, ...], Field(min_length=1, max_length=8)]

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        numbers = prod(known_sizes(given))
        if prod(self.shape) != numbers:
            raise SpecError(
                f"wanted a shape of {numbers} numbers as the input has, found {prod(self.shape)}",
                path=("shape",),
            )
        return self.shape

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        y = x.reshape(x.shape[0], *self.shape)
        return y, lambda dy: (dy.reshape(x.shape), {})
