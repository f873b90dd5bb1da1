"""What the kernels are told of the layers that they are to train: one function a layer.

A course lists the layers with the places of their trained arrays, which lie side by side in one
flat array, in the order of the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final, NamedTuple

from ...kernels import compiled
from . import functions, transformations
from .lowering import CannotLower, known_function, known_windows

NOWHERE: Final = -1
APART: Final = 16  # numbers: where an array begins, a cache line does


class Silence(NamedTuple):
    """A dropout layer: the names that its stream goes by, its rate, the shape that it is given.

    Where it is `in_time`, the first axis is as long as the sequences that a step brings.
    """

    names: tuple[str, ...]
    rate: float
    given: tuple[int | None, ...]
    in_time: bool


class Thinning(NamedTuple):
    """Recurrent dropout: the names that its stream goes by, what it keeps, of how many units."""

    names: tuple[str, ...]
    kept: float
    units: int


class Lowered:
    """What the layers of one network share while a course is told of them."""

    def __init__(self, b: Any, spec: Any, weights: Mapping[str, Any]) -> None:
        self.b, self.dtype, self.weights = b, spec.dtype, weights
        self.slots: dict[str, int] = {}
        self.in_time = len(spec.input.sizes) == 2
        self.silences: list[Silence] = []
        self.thinnings: list[Thinning] = []
        self.units = {name: shape[-1] for name, shape in spec.states().items()}
        self.places: dict[str, tuple[int, int]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.size = 0
        for name, param in spec.parameters().items():
            if not param.trainable:
                continue
            count = prod(param.shape)
            self.places[name], self.shapes[name] = (self.size, count), param.shape
            self.size += -(-count // APART) * APART

    def course(self, layers: Sequence[Any], given: Any, way: str, names: tuple[str, ...]) -> Any:
        """Give a course that was told of these layers; `way` heads their arrays and states."""
        course = getattr(compiled(), f"Course_{self.dtype}")(self.b.instructions)
        begins = in_time = self.in_time
        for layer in layers:
            if layer.type not in LAYERS:
                raise CannotLower(layer.type)
            gives = layer.output_shape(given)
            self.in_time = in_time
            LAYERS[layer.type](self, course, layer, given, gives, f"{way}{layer.name}/", names)
            in_time = in_time and layer.keeps_steps
            given = gives
        self.in_time = begins
        return course

    def place(self, name: str) -> int:
        """Give the place of a trained array, or NOWHERE."""
        return self.places.get(name, (NOWHERE, 0))[0]

    def slot(self, name: str) -> int:
        """Give the place of a state among those of the network."""
        return self.slots.setdefault(name, len(self.slots))


def _dense(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    f = known_function(layer.activation)
    course.dense(lowered.place(f"{head}W"), lowered.place(f"{head}b"), layer.units, given[-1], f)


def _activation(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.activation(known_function(layer.activation), given[-1])


def _convolution(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    f, windows = known_function(layer.activation), known_windows(layer, given)
    W, b = lowered.place(f"{head}W"), lowered.place(f"{head}b")
    course.convolution(W, b, layer.filters, windows, f)


def _max_pool(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.max_pool(known_windows(layer, given))


def _embedding(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    fixed = None if layer.trainable else functions.plain(lowered.weights[f"{head}W"])
    each = gives[-1] // layer.units
    course.embedding(lowered.place(f"{head}W"), fixed, layer.ids, layer.units, each)


def _transformation(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    p = {name: lowered.weights[f"{head}{name}"] for name in layer.parameters(given)}
    course.transformation(*transformations.told(lowered.b, lowered.dtype, layer, given, p))


def _same(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.same(gives[-1], layer.keeps_steps)


def _last_step(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.last_step(given[-1])


def _dropout(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, names: Any
) -> None:
    if layer.rate == 0:
        course.same(given[-1], True)
        return
    course.dropout(given[-1], 1 - layer.rate, len(lowered.silences))
    names = (*names, layer.name)
    lowered.silences.append(Silence(names, layer.rate, tuple(given), lowered.in_time))


def _recurrent(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, names: Any
) -> None:
    options = functions.of_cell(layer)
    if options is None:
        raise CannotLower(layer.type)
    ways = {"forward": [""], "reverse": [""], "both": ["forward/", "reverse/"]}[layer.direction]
    cells = []
    for way in ways:
        places = [lowered.place(f"{head}{way}{k}") for k in ("W", "U", "b", "b_state")]
        first = [f"{head}{way}{k}0" for k in layer.carried]
        learned = [lowered.place(name) for name in first if name in lowered.places]
        fixed = layer.initial_state == "constant"
        constant = [functions.plain(lowered.weights[name]) for name in first if fixed]
        slots = [lowered.slot(f"{head}{way}{k}") for k in layer.carried]
        drop = NOWHERE
        if layer.recurrent_dropout:
            drop, kept = len(lowered.thinnings), 1 - layer.recurrent_dropout
            own = (*names, layer.name, *([way] if way else []))
            lowered.thinnings.append(Thinning(own, kept, layer.units))
        cells.append((options, given[-1], layer.units, places, learned, constant, slots, drop))
    merge = functions.MERGES[layer.merge]
    course.recurrent(cells, layer.direction == "reverse", merge, layer.return_sequences)


def _bidirectional(
    lowered: Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, names: Any
) -> None:
    inner = given
    for one in layer.layers:
        inner = one.output_shape(inner)
    ways = [
        lowered.course(layer.layers, given, f"{head}{way}", (*names, layer.name, way))
        for way in ("forward/", "reverse/")
    ]
    course.bidirectional(*ways, functions.MERGES[layer.merge], given[-1], inner[-1])


LAYERS: dict[str, Callable[..., None]] = {
    "activation": _activation,
    "bidirectional": _bidirectional,
    "convolution": _convolution,
    "dense": _dense,
    "dropout": _dropout,
    "embedding": _embedding,
    "flatten": _same,
    "gru": _recurrent,
    "last_step": _last_step,
    "lstm": _recurrent,
    "max_pool": _max_pool,
    "reshape": _same,
    "rnn": _recurrent,
} | dict.fromkeys(transformations.FORMULAS, _transformation)
