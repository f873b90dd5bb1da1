"""Which layers of a stack are transformations of the data, and which are the network proper.

In front they stand in a row, between a flatten and a reshape where an event has more axes than
steps and features; those at the end, which bring outputs back to the units of the targets, say
`inverse`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..layers import Layer

KINDS = frozenset({"normalize", "decorrelate", "pca", "gauss", "rearrange"})


def in_front(layers: Sequence[Layer]) -> int:
    """Count the layers in front of the network proper.

    >>> from ..layers.dense import Dense
    >>> from ..layers.normalize import Normalize
    >>> in_front([Normalize(), Dense(units=1)]), in_front([Dense(units=1), Normalize()])
    (1, 0)
    """
    first = int(layers[0].type == "flatten")
    end = first
    while end < len(layers) and layers[end].type in KINDS:
        end += 1
    if end == first:
        return 0
    back = first and end < len(layers) and layers[end].type == "reshape"
    return end + int(back)


def of_targets(layers: Sequence[Layer]) -> int:
    """Count the layers at the end that undo transformations of targets."""
    count = 0
    for layer in reversed(layers):
        if layer.type not in KINDS or not getattr(layer, "inverse", False):
            break
        count += 1
    return count
