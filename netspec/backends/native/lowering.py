"""A whole network as one prepared call: `lower` packs its weights once, a `Plan` runs it.

One function a layer says how the kernels' builder is told of it; a network with a layer that none
of them knows is not lowered, and runs layer by layer. Both ways give the same bits.

Beyond the last valid step of a sequence a layer's output is 0 (`layers/stack.py`): a stage that
computes there anyway is followed by one that clears it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ...kernels import compiled
from . import functions, transformations
from .plan import Plan

MOST_NUMBERS: Final = 2**48  # of an image and its margins, once for each filter


class CannotLower(Exception):
    """A layer or an activation that the kernels do not know."""


def lower(b: Any, spec: Any, weights: Mapping[str, Any]) -> Plan | None:
    """Make the plan of a spec and its weights; None where something cannot be lowered."""
    network = _Network(b, spec.dtype)
    try:
        builder = network.sequence(spec.layers, spec.input.sizes, weights, "")
        _output(builder, spec)
    except CannotLower:
        return None
    states = spec.states()
    units = [states[name][-1] for name in network.slots]
    plan = getattr(compiled(), f"Plan_{spec.dtype}")(builder, units, b.threads)
    return Plan(plan, network.slots, spec)


class _Network:
    """What the layers of one network share while they are lowered."""

    def __init__(self, b: Any, dtype: str) -> None:
        self.b, self.dtype = b, dtype
        self.slots: dict[str, int] = {}

    def sequence(
        self, layers: Sequence[Any], given: Any, weights: Mapping[str, Any], way: str
    ) -> Any:
        """Give a builder that was told of these layers; `way` heads their arrays and states."""
        builder = getattr(compiled(), f"Builder_{self.dtype}")(self.b.instructions)
        if layers and layers[0].type not in SEE_ONE_STEP:
            _padding(builder, given)
        for layer in layers:
            if layer.type not in LAYERS:
                raise CannotLower(layer.type)
            head = f"{way}{layer.name}/"
            p = {k.removeprefix(head): v for k, v in weights.items() if k.startswith(head)}
            gives = layer.output_shape(given)
            LAYERS[layer.type](self, builder, layer, given, p, head)
            if layer.keeps_steps and layer.type not in CLEAR_PADDING:
                _padding(builder, gives)
            given = gives
        return builder

    def slot(self, name: str) -> int:
        """Give the place of a state among those of the network."""
        return self.slots.setdefault(name, len(self.slots))


def _padding(builder: Any, shape: Any) -> None:
    """Clear what lies beyond the last valid step: (steps, features), which alone has lengths."""
    if len(shape) == 2:
        builder.padding(shape[-1])


def known_function(function: Any) -> functions.Pair:
    """Give an activation as the kernels know it; raises CannotLower where they do not."""
    known = functions.pair(function)
    if known is None:
        raise CannotLower(function.type)
    return known


def known_windows(layer: Any, given: Sequence[int]) -> list[int]:
    """Give the windows of a layer on images; raises CannotLower for more than kernels count."""
    channels, height, width, *_, margin_h, margin_w = windows = functions.windows(layer, given)
    filters = getattr(layer, "filters", 1)
    if filters * channels * (height + 2 * margin_h) * (width + 2 * margin_w) > MOST_NUMBERS:
        raise CannotLower(layer.type)
    return windows


def _output(builder: Any, spec: Any) -> None:
    """Tell the builder of the output activation and of the outputs that are kept."""
    *steps, width = _last_shape(spec)
    if spec.output.activation.type != "linear":
        builder.activation(known_function(spec.output.activation), width)
        _padding(builder, (*steps, width))
    if spec.output.first is not None:
        builder.first_of(width, spec.output.first)


def _last_shape(spec: Any) -> Any:
    shape = spec.input.sizes
    for layer in spec.layers:
        shape = layer.output_shape(shape)
    return shape


def _dense(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    f = known_function(layer.activation)
    builder.dense(p["W"], p.get("b"), f)


def _activation(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    builder.activation(known_function(layer.activation), given[-1])


def _transformation(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    builder.transformation(*transformations.told(network.b, network.dtype, layer, given, p))


def _convolution(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    f = known_function(layer.activation)
    builder.convolution(p["W"], p.get("b"), known_windows(layer, given), f)


def _max_pool(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    builder.max_pool(known_windows(layer, given))


def _batch_norm(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    pair = list(range(given[-1]))
    if len(given) == 3:
        channels, pixels = given[0], given[1] * given[2]
        pair = [
            (pixel * channels + c) // pixels if layer.banded else c
            for c in range(channels)
            for pixel in range(pixels)
        ]
    arrays = [p[name] for name in ("gamma", "beta", "mean", "variance")]
    builder.batch_norm(*arrays, layer.epsilon, pair)


def _reshape(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    builder.reshape()


def _last_step(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    builder.last_step(given[-1])


def _dropout(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    """Without chance, dropout does nothing."""


def _recurrent(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    options = functions.of_cell(layer)
    if options is None:
        raise CannotLower(layer.type)
    ways = {"forward": [""], "reverse": [""], "both": ["forward/", "reverse/"]}[layer.direction]
    cells = []
    for way in ways:
        first = [p[f"{way}{k}0"] for k in layer.carried] if layer.initial_state != "zeros" else []
        slots = [network.slot(f"{head}{way}{k}") for k in layer.carried]
        arrays = [p.get(f"{way}{k}") for k in ("W", "U", "b", "b_state")]
        cells.append((options, *arrays, first, slots))
    merge = functions.MERGES[layer.merge]
    builder.recurrent(cells, layer.direction == "reverse", merge, layer.return_sequences)


def _bidirectional(
    network: _Network, builder: Any, layer: Any, given: Any, p: Mapping[str, Any], head: str
) -> None:
    width = given
    for inner in layer.layers:
        width = inner.output_shape(width)
    ways = [
        network.sequence(
            layer.layers, given, {f"{head}{k}": v for k, v in p.items()}, f"{head}{way}"
        )
        for way in ("forward/", "reverse/")
    ]
    builder.bidirectional(*ways, functions.MERGES[layer.merge], given[-1], width[-1])


LAYERS: dict[str, Callable[..., None]] = {
    "activation": _activation,
    "batch_norm": _batch_norm,
    "bidirectional": _bidirectional,
    "convolution": _convolution,
    "dense": _dense,
    "dropout": _dropout,
    "flatten": _reshape,
    "gru": _recurrent,
    "last_step": _last_step,
    "lstm": _recurrent,
    "max_pool": _max_pool,
    "reshape": _reshape,
    "rnn": _recurrent,
} | dict.fromkeys(transformations.FORMULAS, _transformation)
# These look at one step at a time, or at the valid ones alone: padding may come in.
SEE_ONE_STEP = LAYERS.keys() - {"flatten", "reshape"}
# What these give beyond the last valid step is 0 already.
CLEAR_PADDING = {"bidirectional", "gru", "lstm", "rnn"}
