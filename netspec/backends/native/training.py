"""A whole step of training as one prepared call: `lower_training` lays it out, a plan runs it.

All trained arrays lie side by side in one flat array, in the order of the spec, and so do
gradients and what the optimizer carries. What the kernels do not know, a layer (`courses.py`), a
loss or an optimizer, is not lowered: the formulas run then, with the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy

from ...kernels import compiled
from .courses import Lowered, Silence, Thinning
from .lowering import CannotLower, known_function

LOSSES: Final = {
    "cross_entropy": 0,
    "softmax_cross_entropy": 1,
    "squared_error": 2,
    "absolute_error": 3,
    "huber": 4,
}
PENALTIES: Final = {"l1": 1, "l1_like_tmva": 2, "l2": 3}


class TrainingPlan:
    """The weights of a network while the kernels train it.

    `random` says whether a step draws anything.
    """

    def __init__(self, trainer: Any, lowered: Lowered, optimizer: Any, threads: int) -> None:
        """Hold a compiled trainer whose weights are set already."""
        self._trainer, self._places, self._shapes = trainer, lowered.places, lowered.shapes
        self._slots, self._units = tuple(lowered.slots), lowered.units
        self._silences, self._thinnings = lowered.silences, lowered.thinnings
        self._dtype = numpy.dtype(lowered.dtype)
        self._carried = tuple(optimizer.carried)
        self._views = (
            trainer.weights(),
            trainer.gradient(),
            trainer.carried(0),
            trainer.carried(1),
        )
        self.random = bool(self._silences or self._thinnings)
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
        drops = [] if rng is None else [_drop(one, rng, x) for one in self._thinnings]
        loss, count = self._trainer.step(
            x, t, weights, lengths, states, list(last.values()), masks, drops, factors
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
    rng = _stream(rng, one.names)
    steps, *rest = (given[1], *one.given[1:]) if one.in_time else one.given
    kept = rng.happens(1 - one.rate, (steps, given[0], *rest)).swapaxes(0, 1)
    return numpy.ascontiguousarray(kept).view(numpy.uint8)


def _drop(one: Thinning, rng: Any, x: Any) -> Any:
    """Draw what h is multiplied by, (batch, units): as `layers/recurrent.py` draws it."""
    kept = _stream(rng, one.names).happens(one.kept, (x.shape[0], one.units))
    return numpy.where(kept, numpy.zeros(kept.shape, x.dtype) + 1 / one.kept, 0.0)


def _stream(rng: Any, names: Sequence[str]) -> Any:
    for name in names:
        rng = rng.of(name)
    return rng


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
    lowered = Lowered(b, spec, weights)
    try:
        course = lowered.course(layers, spec.input.sizes, "", ())
        goal = _goal(spec, loss)
        update = rule(optimizer)
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
        update,
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


def rule(optimizer: Any) -> tuple[Any, ...]:
    """Give the number of the rule, decay1, 1 - decay1, decay2, 1 - decay2, epsilon.

    Raises CannotLower for an optimizer that the kernels do not know.
    """
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
