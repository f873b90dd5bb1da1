"""Normal, of mean `mean` and standard deviation `std`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..options import Finite, Positive
from .base import Initializer, normal

if TYPE_CHECKING:
    from ..randomness import Stream


class Normal(Initializer):
    """Any array; the defaults are Keras's."""

    type: Literal["normal"] = "normal"
    mean: Finite = 0.0
    std: Positive = 0.05

    def draw(self, stream: Stream, shape: Sequence[int]) -> Any:
        return self.mean + self.std * normal(stream, shape)
