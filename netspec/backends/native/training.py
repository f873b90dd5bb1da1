"""A whole step of training as one prepared call: `lower_training` lays it out, a plan runs it.

All trained arrays lie side by side in one flat array, in the order of the spec, and so do
gradients and what the optimizer carries. One function a layer says how the kernels' course is told
of it. What they do not know, a layer, a loss or an optimizer, is not lowered: the formulas run
then, with the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, Final, NamedTuple

import numpy

from ...kernels import compiled
from . import functions
from .lowering import CannotLower, known_function

LOSSES: Final = {
    "cross_entropy": 0,
    "softmax_cross_entropy": 1,
    "squared_error": 2,
    "absolute_error": 3,
    "huber": 4,
}
PENALTIES: Final = {"l1": 1, "l1_like_tmva": 2, "l2": 3}
NOWHERE: Final = -1
APART: Final = 16  # numbers: where an array begins, a cache line does


class Silence(NamedTuple):
    """A dropout layer: the names that its stream goes by, its rate, the shape that it is given."""

    names: tuple[str, ...]
    rate: float
    given: tuple[int | None, ...]


class TrainingPlan:
    """The weights of a network while the kernels train it.

    `random` says whether a step draws anything.
    """

    def __init__(self, trainer: Any, lowered: _Lowered, optimizer: Any, threads: int) -> None:
        """Hold a compiled trainer whose weights are set already."""
        self._trainer, self._places, self._shapes = trainer, lowered.places, lowered.shapes
        self._slots, self._units = tuple(lowered.slots), lowered.units
        self._silences, self._dtype = lowered.silences, numpy.dtype(lowered.dtype)
        self._carried = tuple(optimizer.carried)
        self._views = (
            trainer.weights(),
            trainer.gradient(),
            trainer.carried(0),
            trainer.carried(1),
        )
        self.random = bool(self._silences)
        self.threads = threads

    def step(
        self,
        x: Any,
        t: Any,
        factors: Sequence[float],
        *,
        weights: Any = None,
        lengths: Any = None,
        state: Mapping[str, Any] | None = None,
        finals: bool = False,
        rng: Any = None,
    ) -> tuple[float, int, dict[str, Any]]:
        """Give the loss of a batch, N, and the final states; then move the weights.

        x (batch, ...) and t, of the shape of the last layer's output, are plain arrays in the
        spec's dtype, as `weights`, (batch,) or one for each row, and `state`, by name, are;
        `lengths` (batch,) are int64; `factors` are the optimizer's for this step. Without factors
        the weights stay, and where N is 0.
        """
        if weights is lengths is state is rng is None and not finals:
            loss, count = self._trainer.quickly(x, t, factors)
            return loss, count, {}
        names = self._slots if finals else ()
        last = {name: numpy.empty((len(x), self._units[name]), self._dtype) for name in names}
        states = [state.get(name) for name in self._slots] if state else []
        masks = [] if rng is None else [_kept(one, rng, x.shape) for one in self._silences]
        loss, count = self._trainer.step(
            x, t, weights, lengths, states, list(last.values()), masks, factors
        )
        return loss, count, last

    def weights(self) -> dict[str, Any]:
        """Give the trained arrays by name, copies."""
        return dict(self._copies(0))

    def gradients(self) -> dict[str, Any]:
        """Give the gradients that moved the weights last, or that `step` found, by name, copies."""
        return dict(self._copies(1))

    def memory(self) -> dict[str, dict[str, Any]]:
        """Give what the optimizer carries, by the name of the weight and its own, copies."""
        each = [dict(self._copies(2 + which)) for which in range(len(self._carried))]
        return {
            name: {k: arrays[name] for k, arrays in zip(self._carried, each, strict=True)}
            for name in self._places
        }

    def resume(self, weights: Mapping[str, Any], memory: Mapping[str, Mapping[str, Any]]) -> None:
        """Take trained arrays, and what the optimizer carries, as the others give them."""
        for name, (at, count) in self._places.items():
            self._views[0][at : at + count] = weights[name].reshape(-1)
            for which, k in enumerate(self._carried):
                self._views[2 + which][at : at + count] = memory[name][k].reshape(-1)
        self._trainer.pack()

    def _copies(self, which: int) -> Iterator[tuple[str, Any]]:
        for name, (at, count) in self._places.items():
            yield name, self._views[which][at : at + count].reshape(self._shapes[name]).copy()


def _kept(one: Silence, rng: Any, given: Sequence[int]) -> Any:
    """Draw what a dropout layer keeps, (batch, ...): as `layers/dropout.py` draws it."""
    for name in one.names:
        rng = rng.of(name)
    steps, *rest = (given[1] if size is None else size for size in one.given)
    kept = rng.happens(1 - one.rate, (steps, given[0], *rest)).swapaxes(0, 1)
    return numpy.ascontiguousarray(kept).view(numpy.uint8)


def lower_training(
    b: Any,
    spec: Any,
    layers: Sequence[Any],
    weights: Mapping[str, Any],
    loss: Any,
    optimizer: Any,
    penalties: Mapping[str, tuple[str, float]],
    clip: Any,
) -> TrainingPlan | None:
    """Make the plan of a step; None where the kernels do not know all of it.

    `layers` are the spec's, with dropout between them where training wants it; `penalties` name
    weights that are kept small, by `l1`, `l1_like_tmva` or `l2` and a strength; `clip` has a
    `value` and a `norm`, or is None.
    """
    lowered = _Lowered(spec, weights, b.instructions)
    try:
        course = lowered.course(layers, spec.input.sizes, "", ())
        goal = _goal(spec, loss)
        rule = _rule(optimizer)
    except CannotLower:
        return None
    held = [penalties.get(name) for name in lowered.places]
    trainer = getattr(compiled(), f"Trainer_{spec.dtype}")(
        course,
        spec.input.sizes[-1],
        list(lowered.places.values()),
        lowered.size,
        goal,
        [(0, 0.0) if one is None else (PENALTIES[one[0]], float(one[1])) for one in held],
        (0.0, 0.0) if clip is None else (clip.value or 0.0, clip.norm or 0.0),
        rule,
        b.threads,
    )
    plan = TrainingPlan(trainer, lowered, optimizer, b.threads)
    plan.resume(weights, {name: dict.fromkeys(optimizer.carried, _ZERO) for name in lowered.places})
    return plan


_ZERO: Final = numpy.zeros(1)


def _goal(spec: Any, loss: Any) -> tuple[Any, ...]:
    if loss.type not in LOSSES:
        raise CannotLower(loss.type)
    shape = spec.input.sizes
    for layer in spec.layers:
        shape = layer.output_shape(shape)
    return (
        LOSSES[loss.type],
        float(getattr(loss, "delta", 0.0)),
        not loss.before_activation,
        known_function(spec.output.activation),
        shape[-1],
    )


def _rule(optimizer: Any) -> tuple[Any, ...]:
    """Give the number of the rule, decay1, 1 - decay1, decay2, 1 - decay2, epsilon."""
    momentum = getattr(optimizer, "momentum", 0.0)
    rho, epsilon = getattr(optimizer, "rho", 0.0), getattr(optimizer, "epsilon", 0.0)
    match optimizer.type:
        case "sgd":
            number = 0 if not momentum else 2 if optimizer.nesterov else 1
        case "adam" | "adamw":
            beta1, beta2 = optimizer.beta1, optimizer.beta2
            number = 3 if optimizer.type == "adam" else 4
            return number, beta1, 1 - beta1, beta2, 1 - beta2, epsilon
        case "adagrad":
            number = 5
        case "rmsprop":
            number = 7 if momentum else 6
        case "adadelta":
            number = 8
        case _:
            raise CannotLower(optimizer.type)
    return number, momentum, 1 - momentum, rho, 1 - rho, epsilon


class _Lowered:
    """What the layers of one network share while a course is told of them."""

    def __init__(self, spec: Any, weights: Mapping[str, Any], instructions: str) -> None:
        self.dtype, self.instructions, self.weights = spec.dtype, instructions, weights
        self.slots: dict[str, int] = {}
        self.silences: list[Silence] = []
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
        course = getattr(compiled(), f"Course_{self.dtype}")(self.instructions)
        for layer in layers:
            if layer.type not in LAYERS:
                raise CannotLower(layer.type)
            gives = layer.output_shape(given)
            LAYERS[layer.type](self, course, layer, given, gives, f"{way}{layer.name}/", names)
            given = gives
        return course

    def place(self, name: str) -> int:
        """Give the place of a trained array, or NOWHERE."""
        return self.places.get(name, (NOWHERE, 0))[0]

    def slot(self, name: str) -> int:
        """Give the place of a state among those of the network."""
        return self.slots.setdefault(name, len(self.slots))


def _dense(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    f = known_function(layer.activation)
    course.dense(lowered.place(f"{head}W"), lowered.place(f"{head}b"), layer.units, given[-1], f)


def _activation(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.activation(known_function(layer.activation), given[-1])


def _normalize(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    inputs = layer.inputs or tuple(range(given[-1]))
    low, high = (functions.plain(lowered.weights[f"{head}{k}"]) for k in ("minimum", "maximum"))
    in_float = layer.working_type == "float32"
    outputs = layer.outputs or inputs
    course.normalize(low, high, inputs, outputs, given[-1], layer.inverse, in_float)


def _same(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.same(gives[-1], layer.keeps_steps)


def _last_step(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    course.last_step(given[-1])


def _dropout(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, names: Any
) -> None:
    if layer.rate == 0:
        return course.same(given[-1], True)
    course.dropout(given[-1], 1 - layer.rate, len(lowered.silences))
    lowered.silences.append(Silence((*names, layer.name), layer.rate, tuple(given)))


def _recurrent(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, _: Any
) -> None:
    options = functions.of_cell(layer)
    if options is None or getattr(layer, "recurrent_dropout", 0) > 0:
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
        cells.append((options, given[-1], layer.units, places, learned, constant, slots))
    merge = functions.MERGES[layer.merge]
    course.recurrent(cells, layer.direction == "reverse", merge, layer.return_sequences)


def _bidirectional(
    lowered: _Lowered, course: Any, layer: Any, given: Any, gives: Any, head: str, names: Any
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
    "dense": _dense,
    "dropout": _dropout,
    "flatten": _same,
    "gru": _recurrent,
    "last_step": _last_step,
    "lstm": _recurrent,
    "normalize": _normalize,
    "reshape": _same,
    "rnn": _recurrent,
}
