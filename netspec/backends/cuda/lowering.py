"""What each layer becomes on the GPU: a function of x, lengths and first states.

Most run their own formula on the backend's primitives and twins. A dense layer is one kernel, its
activation in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import functions, products

Run = Callable[..., tuple[Any, dict[str, Any]]]


def lowered(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    """Give the function of a layer, whose arrays are p, on the backend b."""
    return LAYERS.get(layer.type, _formula)(b, layer, p)


def _formula(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        y, final = layer.apply(b, p, x, lengths=lengths, state=state)
        return y, final

    return run


def _activation(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    if not functions.known(layer.activation):
        return _formula(b, layer, p)

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        return b.own(functions.apply(b, layer.activation, x.bare)), {}

    return run


def _dense(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    if not functions.known(layer.activation):
        return _formula(b, layer, p)
    W, start = b.plain(p["W"]), b.plain(p["b"]) if "b" in p else None

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        return b.own(products.product(b, x.bare, W, start, layer.activation)), {}

    return run


LAYERS: dict[str, Callable[[Any, Any, Mapping[str, Any]], Run]] = {
    "activation": _activation,
    "dense": _dense,
}
