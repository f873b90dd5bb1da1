"""`dropout` of the training settings: a rate for what goes into the first, second ... layer.

It silences entries in training only (`layers/dropout.py`), drawn anew at every step. Under TMVA's
rules the rates of layers that are not dense have no effect. Transformations in front of the network
are no layers to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..layers.dropout import Dropout
from ..transformations import in_front

if TYPE_CHECKING:
    from ..layers import Layer
    from ..spec import NetworkSpec

HEAD = "dropout."  # of the name of what stands in front of a layer; it names the random stream


def with_dropout(spec: NetworkSpec, rates: Sequence[float], like_tmva: bool) -> list[Layer]:
    """Give the spec's layers with dropout in front of those that have a rate above 0."""
    first = in_front(spec.layers)
    layers: list[Layer] = [*spec.layers[:first]]
    for n, layer in enumerate(spec.layers[first:]):
        rate = rates[n] if n < len(rates) else 0.0
        if rate > 0 and (layer.type == "dense" or not like_tmva):
            layers.append(Dropout(name=f"{HEAD}{layer.name}", rate=rate))
        layers.append(layer)
    return layers
