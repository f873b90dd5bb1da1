"""K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015: normal, deviation sqrt(2 / inputs)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Initializer, matrices, normal

if TYPE_CHECKING:
    from ..randomness import Stream


class HeNormal(Initializer):
    """Keeps the size of signals behind a relu."""

    of_matrices: ClassVar[bool] = True

    type: Literal["he_normal"] = "he_normal"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        _, _, inputs = matrices(shape)
        return normal(stream, shape) * sqrt(2 / inputs)
