"""TMVA's Normalize: every variable is sent from its range to -1 ... 1, and nothing is cut off.

    y = (x - minimum) * scale * 2 - 1                scale = 1 / (maximum - minimum)
    y = minimum + (x + 1) / (2 * scale)              inverse = true: the way back to the range

TMVA computes this in float32 and keeps the result in a float, so `working_type` is float32
whatever the spec's dtype, in the order of operations that is written above; the result is
rounded once to the spec's dtype. `minimum` and `maximum` (n,) are not trained.

Number k reads position `inputs[k]` of the last axis and is written to position `outputs[k]`;
positions that nobody writes pass through. Without `inputs` there is one number for every
position; without `outputs` each one stays where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from ..errors import SpecError
from ..options import LARGEST_SIZE, Flag
from .base import Arrays, Named, Param, Shape, StatelessLayer, WayBack, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend

Position = Annotated[int, Field(ge=0, lt=LARGEST_SIZE, strict=True)]
Positions = Annotated[tuple[Position, ...], Field(min_length=1)]


class Normalize(StatelessLayer):
    """A linear map of each variable by itself, with ranges that came with the data."""

    model_config = examples(
        {"working_type": "float64"},
        {"inputs": [0], "inverse": True, "working_type": "float64"},
        {"inputs": [1, 0], "outputs": [0, 1], "working_type": "float64"},
    )

    type: Literal["normalize"] = "normalize"
    inverse: Flag = False
    inputs: Positions | None = None
    outputs: Positions | None = None
    working_type: Literal["float32", "float64"] = "float32"

    @model_validator(mode="after")
    def _outputs_answer_inputs(self) -> Normalize:
        if self.outputs is not None:
            if len(self.inputs or ()) != len(self.outputs):
                raise ValueError(
                    f"wanted as many outputs as inputs, found {len(self.outputs)} and"
                    f" {len(self.inputs or ())}"
                )
            if len(set(self.outputs)) != len(self.outputs):
                raise ValueError("wanted every output once, found one twice")
        elif self.inputs is not None and len(set(self.inputs)) != len(self.inputs):
            raise ValueError("wanted every input once, found one twice: say `outputs`, too")
        return self

    def output_shape(self, given: Shape) -> Shape:
        if not given or given[-1] is None:
            raise SpecError("a normalize layer wants a known number of variables on the last axis")
        for option, positions in (("inputs", self.inputs), ("outputs", self.outputs)):
            if positions is not None and max(positions) >= given[-1]:
                raise SpecError(
                    f"wanted positions from 0 to {given[-1] - 1}, found {max(positions)}",
                    path=(option,),
                )
        return given

    def parameters(self, given: Shape) -> dict[str, Param]:
        count = given[-1] if self.inputs is None else len(self.inputs)
        assert count is not None
        return {
            "minimum": Param((count,), -1.0, trainable=False),
            "maximum": Param((count,), 1.0, trainable=False),
        }

    def pieces(self, width: int) -> list[tuple[slice, slice, slice]]:
        """Cut the table of positions into neighbours: slices of the input, the output, the table.

        >>> Normalize(inputs=(2, 3, 0)).pieces(4)
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
        low, high = p["minimum"].astype(self.working_type), p["maximum"].astype(self.working_type)
        scale = 1 / (high - low)
        y = b.empty(x.shape, x.dtype)
        y[...] = x
        pieces = self.pieces(x.shape[-1])
        for read, written, k in pieces:
            v = x[..., read].astype(self.working_type)
            if self.inverse:
                y[..., written] = low[k] + (v + 1) / (2 * scale[k])
            else:
                y[..., written] = (v - low[k]) * scale[k] * 2 - 1

        def back(dy: Array) -> tuple[Array, Named]:
            half = 0.5 * (p["maximum"] - p["minimum"])
            dx = b.empty(dy.shape, dy.dtype)
            dx[...] = dy
            for _, written, _ in pieces:
                dx[..., written] = 0.0
            for read, written, k in pieces:
                slope = half[k] if self.inverse else 1 / half[k]
                dx[..., read] = dx[..., read] + dy[..., written] * slope
            return dx, {}

        return y, back
