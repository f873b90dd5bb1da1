"""Every number is 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy

from .base import Initializer

if TYPE_CHECKING:
    from ..randomness import Stream


class Zeros(Initializer):
    """Any array."""

    type: Literal["zeros"] = "zeros"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        return numpy.zeros(shape)
