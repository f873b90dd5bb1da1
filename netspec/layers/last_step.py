"""The last valid step of a sequence: y = x[length - 1], and 0 where a sequence has no step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import SpecError
from .base import Arrays, Forward, Gradients, Layer, Shape, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend


class LastStep(Layer):
    """Input (steps, features), output (features,): the *position* of the last step.

    For a layer that reads from the end this is its first output and not its final state.
    """

    model_config = examples({})

    type: Literal["last_step"] = "last_step"

    @property
    def keeps_steps(self) -> bool:
        return False

    def output_shape(self, given: Shape) -> Shape:
        if len(given) != 2:
            raise SpecError(f"wanted an input of (steps, features), found {len(given)} axes")
        return given[1:]

    def forward(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        rng: Any = None,
        lengths: Array | None = None,
        state: Any = None,
    ) -> Forward:
        def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
            return Gradients(b.place(dy, lengths, x.shape[1]), {}, {})

        return Forward(b.pick(x, lengths), {}, {}, back)
