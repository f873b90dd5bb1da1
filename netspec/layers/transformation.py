"""Transformations of variables: numbers of the last axis through a formula of their own.

Number k is read at position `inputs[k]` and written to position `outputs[k]`. Without `inputs`
there is one number for every position; without `outputs` each one stays where it was. A position
may be read several times; of numbers that are written to one position the last stays. Positions
that nobody writes pass through.

A formula computes in the type that it wants, from numbers rounded to `working_type`; its result is
rounded to `working_type` and then to the spec's dtype. TMVA holds events in float, so that
`working_type` is float32 whatever the dtype. What a transformation knows is not trained.

On the way back the slope in a number that another one overwrote is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ..errors import SpecError
from ..options import LARGEST_SIZE, Flag
from .base import Arrays, Named, Shape, StatelessLayer, WayBack

if TYPE_CHECKING:
    from ..backends import Array, Backend

Position = Annotated[int, Field(ge=0, lt=LARGEST_SIZE, strict=True)]
Positions = Annotated[tuple[Position, ...], Field(min_length=1)]
Slopes = Callable[[Any], Any]


class Selection(StatelessLayer):
    """A formula on some of the numbers of the last axis; the shape is kept."""

    inputs: Positions | None = None
    outputs: Positions | None = None

    @model_validator(mode="after")
    def _outputs_answer_inputs(self) -> Self:
        if self.outputs is not None and len(self.inputs or ()) != len(self.outputs):
            raise ValueError(
                f"wanted as many outputs as inputs, found {len(self.outputs)} and"
                f" {len(self.inputs or ())}"
            )
        return self

    @property
    def learns(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        if not given or given[-1] is None:
            raise SpecError(
                f"a {self.type} layer wants a known number of variables on the last axis"
            )
        for option, positions in (("inputs", self.inputs), ("outputs", self.outputs)):
            if positions is not None and max(positions) >= given[-1]:
                raise SpecError(
                    f"wanted positions from 0 to {given[-1] - 1}, found {max(positions)}",
                    path=(option,),
                )
        return given

    def count(self, given: Shape) -> int:
        """How many numbers go through the formula."""
        count = given[-1] if self.inputs is None else len(self.inputs)
        assert count is not None
        return count

    def moved(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        """Return what becomes of the numbers v (..., n), and the slopes in v from its own."""
        raise TypeError(f"the layer {type(self).__name__} has no formula")

    def pieces(self, width: int) -> list[tuple[slice, slice, slice]]:
        """Cut the table of positions into neighbours: slices of the input, the output, the table.

        >>> Selection(type="", inputs=(2, 3, 0)).pieces(4)
        [(slice(2, 4, None), slice(2, 4, None), slice(0, 2, None)), \
(slice(0, 1, None), slice(0, 1, None), slice(2, 3, None))]
        """
        inputs = self.inputs or tuple(range(width))
        outputs = self.outputs or inputs
        starts = [
            k
            for k in range(len(inputs))
            if k == 0 or inputs[k] != inputs[k - 1] + 1 or outputs[k] != outputs[k - 1] + 1
        ]
        return [
            (
                slice(inputs[k], inputs[k] + end - k),
                slice(outputs[k], outputs[k] + end - k),
                slice(k, end),
            )
            for k, end in zip(starts, [*starts[1:], len(inputs)], strict=True)
        ]

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        pieces = self.pieces(x.shape[-1])
        shape = (*x.shape[:-1], self.count(x.shape))
        v = b.empty(shape, x.dtype)
        for read, _, k in pieces:
            v[..., k] = x[..., read]
        w, slopes = self.moved(b, p, v)
        y = b.empty(x.shape, x.dtype)
        y[...] = x
        for _, written, k in pieces:
            y[..., written] = w[..., k]

        def back(dy: Array) -> tuple[Array, Named]:
            dx, dw = b.empty(dy.shape, dy.dtype), b.empty(shape, dy.dtype)
            dx[...] = dy
            for _, written, k in reversed(pieces):
                dw[..., k] = dx[..., written]
                dx[..., written] = 0.0
            dv = slopes(dw)
            for read, _, k in pieces:
                dx[..., read] = dx[..., read] + dv[..., k]
            return dx, {}

        return y, back


class Transformation(Selection):
    """A formula with a type of its own, from and to numbers of the working type."""

    working_type: Literal["float32", "float64"] = "float32"

    def moved(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        w, slopes = self.formula(b, p, v.astype(self.working_type))
        return w.astype(self.working_type).astype(v.dtype), slopes

    def formula(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        """Return what becomes of v (..., n) of the working type, and the slopes in v from its own.

        The slopes come and go in the spec's dtype.
        """
        raise TypeError(f"the layer {type(self).__name__} has no formula")


class Invertible(StatelessLayer):
    """A layer that goes the other way round where it says `inverse`."""

    inverse: Flag = False
