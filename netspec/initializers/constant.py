"""Every number is `value`. In a spec a plain number means this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy

from ..options import Finite
from .base import Initializer

if TYPE_CHECKING:
    from ..randomness import Stream


class Constant(Initializer):
    """Any array."""

    type: Literal["constant"] = "constant"
    value: Finite

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        return numpy.full(shape, self.value)
