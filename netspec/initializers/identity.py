"""The unit matrix: 1 where row and column have the same number, 0 elsewhere.

For a relu network's own state: Q. V. Le, N. Jaitly, G. E. Hinton, arXiv:1504.00941.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy

from .base import Initializer, matrices

if TYPE_CHECKING:
    from ..randomness import Stream


class Identity(Initializer):
    """Every gate is one; a matrix need not be square."""

    of_matrices: ClassVar[bool] = True

    type: Literal["identity"] = "identity"

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        count, outputs, inputs = matrices(shape)
        units = numpy.zeros((count, outputs, inputs)) + numpy.eye(outputs, inputs)
        return units.reshape(shape)
