"""X. Glorot, Y. Bengio, AISTATS 2010: flat in +-sqrt(6 / (inputs + outputs))."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Initializer, ends

if TYPE_CHECKING:
    from ..randomness import Stream


class GlorotUniform(Initializer):
    """Keeps the size of signals and of gradients; for tanh and its like."""

    of_matrices: ClassVar[bool] = True

    type: Literal["glorot_uniform"] = "glorot_uniform"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        outputs, inputs = ends(shape)
        return (2 * stream.uniform(shape) - 1) * sqrt(6 / (inputs + outputs))
