"""K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015: flat in +-sqrt(6 / inputs)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Initializer, matrices

if TYPE_CHECKING:
    from ..randomness import Stream


class HeUniform(Initializer):
    """Keeps the size of signals behind a relu."""

    of_matrices: ClassVar[bool] = True

    type: Literal["he_uniform"] = "he_uniform"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        _, _, inputs = matrices(shape)
        return (2 * stream.uniform(shape) - 1) * sqrt(6 / inputs)
