"""X. Glorot, Y. Bengio, AISTATS 2010: normal, deviation sqrt(2 / (inputs + outputs))."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Initializer, ends, normal

if TYPE_CHECKING:
    from ..randomness import Stream


class GlorotNormal(Initializer):
    """Keeps the size of signals and of gradients; for tanh and its like."""

    of_matrices: ClassVar[bool] = True

    type: Literal["glorot_normal"] = "glorot_normal"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        outputs, inputs = ends(shape)
        return normal(stream, shape) * sqrt(2 / (inputs + outputs))
