"""Normal, but of `mean` and `std` those beyond mean +- 2 std are drawn again.

What is left has a deviation of 0.88 std. It is drawn by the quantiles of the part between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..options import Finite, Positive
from .base import Initializer, cut_normal

if TYPE_CHECKING:
    from ..randomness import Stream


class TruncatedNormal(Initializer):
    """Any array; the defaults are Keras's."""

    type: Literal["truncated_normal"] = "truncated_normal"
    mean: Finite = 0.0
    std: Positive = 0.05

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        return self.mean + self.std * cut_normal(stream, shape)
