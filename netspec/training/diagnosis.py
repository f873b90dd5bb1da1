"""Where numbers that are not finite began: in a weight, in a layer's output, or in the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy

from ..layers import stack

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..dataset import Batch
    from ..layers import Layer
    from ..randomness import Stream


def culprit(
    b: Backend,
    layers: Sequence[Layer],
    p: Mapping[str, Array],
    batch: Batch,
    rng: Stream | None,
    state: Mapping[str, Array],
) -> str:
    """Say in words where a batch, run forward, first gives NaN or infinity."""
    if name := not_finite({name: b.numpy(array) for name, array in p.items()}):
        return f"the weights {name} are not finite any more"
    lengths = None if batch.lengths is None else b.array(batch.lengths)
    for end, layer in enumerate(layers, 1):
        step, _ = stack.forward(
            layers[:end], b, p, b.array(batch.x), rng=rng, lengths=lengths, state=state
        )
        if not numpy.isfinite(b.numpy(step.y)).all():
            return f"the layer {layer.name} gives numbers that are not finite"
    return "every layer's output is finite, and the loss of it is not"


def not_finite(weights: Mapping[str, Any]) -> str | None:
    """Give the name of the first NumPy array that holds NaN or infinity; None where none does."""
    names = (name for name, array in weights.items() if not numpy.isfinite(array).all())
    return next(names, None)
