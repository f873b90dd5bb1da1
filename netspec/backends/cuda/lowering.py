"""What each layer becomes on the GPU: a function of x, lengths and first states.

It gives y and, where they are asked for, the final states. Most run their own formula on the
backend's primitives and twins. A dense layer is one kernel, its activation in it. A recurrent
layer's weights are packed once; its steps are written only where they are wanted. Each says whether
its kernels write no NaN but the canonical one.

Beyond the last valid step of a sequence every layer is given 0 (`layers/stack.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from . import functions, products, sweep_plan, sweeps
from .packed_units import Weights

Run = Callable[[Any, Any, Mapping[str, Any], bool], tuple[Any, dict[str, Any]]]


class Stage(NamedTuple):
    """A layer that is ready: `run(x, lengths, state, finals)` gives y and the final states.

    They may be left out where `finals` is false. `canonical` says that no NaN of them is any other.
    """

    run: Run
    canonical: bool = False


class Stages:
    """Layers in a row, each ready to run on the backend b; `weights` are all their arrays."""

    def __init__(self, b: Any, layers: Sequence[Any], weights: Mapping[str, Any]) -> None:
        """Make a stage of each layer."""
        self._b = b
        self._stages = [
            (layer, LAYERS.get(layer.type, _formula)(b, layer, below(weights, f"{layer.name}/")))
            for layer in layers
        ]

    @property
    def canonical(self) -> bool:
        """Whether no NaN of y is any other than the canonical one."""
        return self._stages[-1][1].canonical

    def run(
        self, x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any], Any]:
        """Give y, the final states by name, where asked for, and the lengths that still hold for y.

        The NaN of final states are canonical.
        """
        x, final = self.padded(x, lengths), dict[str, Any]()
        for layer, stage in self._stages:
            x, last = stage.run(x, lengths, below(state, f"{layer.name}/"), finals)
            if finals:
                own = last if stage.canonical else self._b.canonical_all(last)
                final |= {f"{layer.name}/{name}": array for name, array in own.items()}
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


def _formula(b: Any, layer: Any, p: Mapping[str, Any]) -> Stage:
    def run(
        x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        y, final = layer.apply(b, p, x, lengths=lengths, state=state)
        return y, final

    return Stage(run)


def _activation(b: Any, layer: Any, p: Mapping[str, Any]) -> Stage:
    if functions.of(layer.activation) is None:
        return _formula(b, layer, p)

    def run(
        x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        return b.own(functions.apply(b, layer.activation, x.bare)), {}

    return Stage(run)


def _dense(b: Any, layer: Any, p: Mapping[str, Any]) -> Stage:
    if functions.of(layer.activation) is None:
        return _formula(b, layer, p)
    W, start = b.plain(p["W"]), b.plain(p["b"]) if "b" in p else None

    def run(
        x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        return b.own(products.product(b, x.bare, W, start, layer.activation)), {}

    return Stage(run, canonical=True)


def _recurrent(b: Any, layer: Any, p: Mapping[str, Any]) -> Stage:
    formula = _formula(b, layer, p)
    if not sweep_plan.knows(b, layer):
        return formula
    ways = [(way, _direction(b, p, way)) for way in WAYS[layer.direction]]

    def start(x: Any, state: Mapping[str, Any], name: str) -> Any:
        if name in state:
            return state[name].bare
        if layer.initial_state == "zeros":
            return None
        return (b.zeros((len(x), layer.units), x.dtype) + p[f"{name}0"]).bare

    def run(
        x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        ys, final = [], dict[str, Any]()
        valid, wanted = None if lengths is None else lengths.bare, finals or not layer.keeps_steps
        for way, weights in ways:
            y = b.cupy.empty((*x.shape[:2], layer.units), x.dtype) if layer.keeps_steps else None
            first = {k: start(x, state, way + k) for k in layer.carried}
            reverse = way == "reverse/" or layer.direction == "reverse"
            last = sweeps.run(b, layer, weights, x.bare, first, valid, reverse, y, wanted)
            if last is None:
                y, final = formula.run(x, lengths, state, finals)
                return b.canonical(y), b.canonical_all(final)
            final |= {way + k: b.own(array) for k, array in last.items()}
            ys.append(final[f"{way}h"] if y is None else b.own(y))
        return (MERGES[layer.merge](b, *ys) if len(ys) > 1 else ys[0]), final

    return Stage(run, canonical=len(ways) == 1 or layer.merge == "concat")


def _bidirectional(b: Any, layer: Any, p: Mapping[str, Any]) -> Stage:
    forward, reverse = (Stages(b, layer.layers, below(p, way)) for way in WAYS["both"])

    def run(
        x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        ys, final = [], dict[str, Any]()
        for way, stages in zip(WAYS["both"], (forward, reverse), strict=True):
            given = x if stages is forward else b.reverse(x, lengths)
            y, last, _ = stages.run(given, lengths, below(state, way), finals)
            final |= {way + k: array for k, array in last.items()}
            turned = stages is reverse and layer.keeps_steps
            ys.append(b.reverse(y, lengths) if turned else y)
        return MERGES[layer.merge](b, *ys), final

    moved = layer.merge == "concat"
    return Stage(run, canonical=moved and forward.canonical and reverse.canonical)


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
LAYERS: dict[str, Callable[[Any, Any, Mapping[str, Any]], Stage]] = {
    "activation": _activation,
    "bidirectional": _bidirectional,
    "dense": _dense,
    "gru": _recurrent,
    "lstm": _recurrent,
    "rnn": _recurrent,
}
# What these give beyond the last valid step is 0 already.
CLEAR = {"bidirectional", "gru", "lstm", "rnn"}
