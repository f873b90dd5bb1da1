"""Y. LeCun et al., Efficient BackProp (1998): normal, deviation sqrt(1 / inputs)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Initializer, matrices, normal

if TYPE_CHECKING:
    from ..randomness import Stream


class LecunNormal(Initializer):
    """Keeps the size of signals where nothing bends them."""

    of_matrices: ClassVar[bool] = True

    type: Literal["lecun_normal"] = "lecun_normal"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        _, _, inputs = matrices(shape)
        return normal(stream, shape) * sqrt(1 / inputs)
