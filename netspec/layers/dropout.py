"""Dropout: N. Srivastava et al., J. Mach. Learn. Res. 15 (2014) 1929.

In training an entry is kept with probability 1 - rate and then divided by 1 - rate; otherwise
the layer does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..options import Fraction
from .base import Arrays, Forward, Gradients, Layer, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream


class Dropout(Layer):
    """Silence a random part of the input, in training only."""

    model_config = examples({"rate": 0.5})

    type: Literal["dropout"] = "dropout"
    rate: Fraction

    def forward(
        self,
        b: Backend,
        p: Arrays,
        x: Array,
        *,
        rng: Stream | None = None,
        lengths: Any = None,
        state: Any = None,
    ) -> Forward:
        if rng is None or self.rate == 0:
            return Forward(x, {}, {}, lambda dy, dstate=None: Gradients(dy, {}, {}))
        # Drawn step after step: more padding takes no chance away from the steps before it.
        batch, steps, *rest = x.shape
        kept = b.array(rng.happens(1 - self.rate, (steps, batch, *rest)).swapaxes(0, 1))

        def thin(a: Array) -> Array:
            return b.where(kept, a / (1 - self.rate), 0.0)

        return Forward(thin(x), {}, {}, lambda dy, dstate=None: Gradients(thin(dy), {}, {}))
