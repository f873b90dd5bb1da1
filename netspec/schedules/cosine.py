"""Half a cosine: factor = end + (1 - end) (1 + cos(pi x)) / 2, where x goes from 0 to 1.

I. Loshchilov, F. Hutter, arXiv:1608.03983, without restarts; x moves with every step.
"""

from __future__ import annotations

from typing import Literal

from ..elementary import cosine
from ..options import NotNegative
from .base import Schedule


class Cosine(Schedule):
    """From the learning rate to `end` times it at the end of the phase, flat at both ends."""

    type: Literal["cosine"] = "cosine"
    end: NotNegative = 0.0

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        x = min(time / whole, 1.0) if whole > 0 else 0.0
        return self.end + (1 - self.end) * ((1 + cosine(x)) / 2)
