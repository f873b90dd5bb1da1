"""Statistics of batches that layers keep for inference, and how often TMVA begins them anew.

TMVA counts the batches that a running mean is made of, and counts from 0 again at every look at the
validation set: what a network is left with is of the batches since the look before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..layers import stack

if TYPE_CHECKING:
    from ..spec import NetworkSpec


def counters(spec: NetworkSpec) -> Sequence[str]:
    """Give the full names of the arrays that count batches."""
    return [
        name
        for name in spec.parameters()
        if name.endswith("/batches") and stack.holder(spec.layers, name).type == "batch_norm"
    ]
