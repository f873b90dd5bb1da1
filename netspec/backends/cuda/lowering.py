"""What each layer becomes on the GPU: a function of x, lengths and first states.

Most run their own formula on the backend's primitives and twins. A dense layer is one kernel, its
activation in it. A recurrent layer's weights are packed once; its steps are written only where they
are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import functions, products, sweeps
from .packed_units import Weights

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
    if functions.of(layer.activation) is None:
        return _formula(b, layer, p)

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        return b.own(functions.apply(b, layer.activation, x.bare)), {}

    return run


def _dense(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    if functions.of(layer.activation) is None:
        return _formula(b, layer, p)
    W, start = b.plain(p["W"]), b.plain(p["b"]) if "b" in p else None

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        return b.own(products.product(b, x.bare, W, start, layer.activation)), {}

    return run


def _recurrent(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    formula = _formula(b, layer, p)
    if not sweeps.knows(layer):
        return formula
    ways = [(way, _direction(b, p, way)) for way in WAYS[layer.direction]]

    def start(x: Any, state: Mapping[str, Any], name: str) -> Any:
        if name in state:
            return state[name]
        zeros = b.zeros((len(x), layer.units), x.dtype)
        return zeros if layer.initial_state == "zeros" else zeros + p[f"{name}0"]

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        ys, final = [], dict[str, Any]()
        for way, weights in ways:
            y = None
            if layer.return_sequences:
                y = b.empty((*x.shape[:2], layer.units), x.dtype)
            first = {k: start(x, state, way + k).bare for k in layer.carried}
            reverse = way == "reverse/" or layer.direction == "reverse"
            last = sweeps.run(b, layer, weights, x.bare, first, b.bare(lengths), reverse, b.bare(y))
            if last is None:
                return formula(x, lengths, state)
            final |= {way + k: b.own(array) for k, array in last.items()}
            ys.append(final[f"{way}h"] if y is None else y)
        return (MERGES[layer.merge](b, *ys) if len(ys) > 1 else ys[0]), final

    return run


def _direction(b: Any, p: Mapping[str, Any], way: str) -> Weights:
    names = ("W", "U", "b", "b_state")
    return Weights(b, {name: p[way + name].bare for name in names if way + name in p}, lasting=True)


WAYS = {"forward": ("",), "reverse": ("",), "both": ("forward/", "reverse/")}
MERGES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "concat": lambda b, one, two: b.concatenate([one, two], -1),
    "sum": lambda b, one, two: one + two,
    "mean": lambda b, one, two: (one + two) * 0.5,
    "mul": lambda b, one, two: one * two,
}
LAYERS: dict[str, Callable[[Any, Any, Mapping[str, Any]], Run]] = {
    "activation": _activation,
    "dense": _dense,
    "gru": _recurrent,
    "lstm": _recurrent,
    "rnn": _recurrent,
}
