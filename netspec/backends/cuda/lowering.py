"""What each layer becomes on the GPU: a function of x, lengths and first states.

It gives y and the final states. Most run their own formula on the backend's primitives and twins. A
dense layer is one kernel, its activation in it. A recurrent layer's weights are packed once; its
steps are written only where they are wanted.

Beyond the last valid step of a sequence every layer is given 0 (`layers/stack.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import elementwise, functions, products, sweeps
from .packed_units import Weights

Run = Callable[..., tuple[Any, dict[str, Any]]]


class Stages:
    """Layers in a row, each ready to run on the backend b; `weights` are all their arrays."""

    def __init__(self, b: Any, layers: Sequence[Any], weights: Mapping[str, Any]) -> None:
        """Make a stage of each layer."""
        self._b = b
        self._stages = [
            (layer, LAYERS.get(layer.type, _formula)(b, layer, below(weights, f"{layer.name}/")))
            for layer in layers
        ]

    def run(
        self, x: Any, lengths: Any, state: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any], Any]:
        """Give y, the final states by name, and the lengths that still hold for y."""
        x, final = self.padded(x, lengths), dict[str, Any]()
        for layer, stage in self._stages:
            x, last = stage(x, lengths, below(state, f"{layer.name}/"))
            final |= {f"{layer.name}/{name}": array for name, array in last.items()}
            lengths = lengths if layer.keeps_steps else None
            x = x if layer.type in CLEAR else self.padded(x, lengths)
        return x, final, lengths

    def padded(self, x: Any, lengths: Any) -> Any:
        """Give x (events, steps, features) with 0 beyond each sequence's last valid step."""
        if lengths is None:
            return x
        return self._b.where(self._b.mask(lengths, x.shape[1])[:, :, None], x, 0.0)


def below(arrays: Mapping[str, Any], head: str) -> dict[str, Any]:
    """Give the arrays whose names begin with `head`, by what stands behind it."""
    return {k.removeprefix(head): array for k, array in arrays.items() if k.startswith(head)}


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

    def start(x: Any, state: Mapping[str, Any], name: str) -> Any:  # which the sweep writes over
        if name in state:
            return elementwise.cast(b.kernels, state[name].bare, x.dtype)
        zeros = b.zeros((len(x), layer.units), x.dtype)
        return (zeros if layer.initial_state == "zeros" else zeros + p[f"{name}0"]).bare

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        ys, final = [], dict[str, Any]()
        for way, weights in ways:
            y = None
            if layer.return_sequences:
                y = b.empty((*x.shape[:2], layer.units), x.dtype)
            first = {k: start(x, state, way + k) for k in layer.carried}
            reverse = way == "reverse/" or layer.direction == "reverse"
            last = sweeps.run(
                b, layer, weights, x.bare, first, b.bare(lengths), reverse, b.bare(y), in_place=True
            )
            if last is None:
                return formula(x, lengths, state)
            final |= {way + k: b.own(array) for k, array in last.items()}
            ys.append(final[f"{way}h"] if y is None else y)
        return (MERGES[layer.merge](b, *ys) if len(ys) > 1 else ys[0]), final

    return run


def _bidirectional(b: Any, layer: Any, p: Mapping[str, Any]) -> Run:
    forward, reverse = (Stages(b, layer.layers, below(p, way)) for way in WAYS["both"])

    def run(x: Any, lengths: Any, state: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        ys, final = [], dict[str, Any]()
        for way, stages in zip(WAYS["both"], (forward, reverse), strict=True):
            given = x if stages is forward else b.reverse(x, lengths)
            y, last, _ = stages.run(given, lengths, below(state, way))
            final |= {way + k: array for k, array in last.items()}
            turned = stages is reverse and layer.keeps_steps
            ys.append(b.reverse(y, lengths) if turned else y)
        return MERGES[layer.merge](b, *ys), final

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
    "bidirectional": _bidirectional,
    "dense": _dense,
    "gru": _recurrent,
    "lstm": _recurrent,
    "rnn": _recurrent,
}
# What these give beyond the last valid step is 0 already.
CLEAR = {"bidirectional", "gru", "lstm", "rnn"}
