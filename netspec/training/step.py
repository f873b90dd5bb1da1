"""One step of training by the layers' own formulas: forward, loss, back, penalty, clip, update.

    y       = the last layer's output for a batch, in training (dropout draws, statistics are its)
    L, dy   = the objective of y and t
    g       = dL/dw for every trained weight w, by back-propagation through time
    g       = clipped(g + slope of the penalty)
    w       = the optimizer's update of w by g
    s       = what layers say of values that are kept and not trained (running means)

A backend may bring a compiled step (`Backend.training_plan`), or twins of `objective` and
`updated`; the bits are these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..layers import stack
from .clipping import clipped
from .diagnosis import culprit
from .dropout import with_dropout
from .objective import Objective, objective
from .penalty import Penalty
from .statistics import counters

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..dataset import Batch
    from ..losses import Loss
    from ..optimizers import Optimizer
    from ..randomness import Stream
    from ..settings import Clip, Phase
    from ..spec import NetworkSpec

Arrays = dict[str, "Array"]


class Taken(NamedTuple):
    """What a step gave: the loss before it, N (see `objective.py`), the final states by name."""

    loss: float
    terms: int
    state: dict[str, Array]


class Step:
    """The weights of a network while it is trained, and the optimizer's memory of them.

    `updates` counts the steps taken. A step is to be given a stream even where nothing is drawn
    (`random`): by it a layer knows that it is trained.
    """

    random = True

    def __init__(
        self,
        b: Backend,
        spec: NetworkSpec,
        weights: Mapping[str, Any],
        loss: Loss,
        phase: Phase,
        like_tmva: bool,
    ) -> None:
        """Bring weights ({"lstm_1/W": NumPy array}) to the device; the optimizer starts anew."""
        self._b, self._spec, self._loss, self._phase = b, spec, loss, phase
        self._layers = with_dropout(spec, phase.dropout, like_tmva)
        self._penalty = Penalty(spec, phase.regularization, like_tmva)
        self._trained = [name for name, param in spec.parameters().items() if param.trainable]
        self.updates = 0
        self._counters = counters(spec)
        with b.computing():
            self._p = {name: b.array(array) for name, array in weights.items()}
            self._memory = {name: phase.optimizer.start(b, self._p[name]) for name in self._trained}

    def take(
        self,
        batch: Batch,
        rate: float,
        rng: Stream | None = None,
        state: Mapping[str, Array] | None = None,
        carry: bool = False,
    ) -> Taken:
        """Learn from a batch at a learning rate.

        `state` carries sequences on from where an earlier step, told to `carry`, left them, in the
        place of the batch's own.
        """
        b = self._b
        with b.computing():
            step, seen, back = self._forward(batch, rng, state)
            if seen.terms:
                self._update(back(seen.dy).weights, rate)
                self._p |= step.updates
            loss = float(b.numpy(seen.loss))  # last: a device has all its work by now
        return Taken(loss, seen.terms, step.state if carry else {})

    def slopes(self, batch: Batch, rng: Stream | None = None) -> tuple[float, dict[str, Any]]:
        """Give the loss of a batch and its slope in every trained weight, and change nothing."""
        with self._b.computing():
            _, seen, back = self._forward(batch, rng, None)
            slopes = back(seen.dy).weights
            loss = float(self._b.numpy(seen.loss))
            return loss, {name: self._b.numpy(slopes[name]) for name in self._trained}

    def _forward(self, batch: Batch, rng: Stream | None, state: Mapping[str, Array] | None) -> Any:
        b = self._b
        x, t = b.array(batch.x), b.array(batch.t)
        lengths = None if batch.lengths is None else b.array(batch.lengths)
        weights = None if batch.weights is None else b.array(batch.weights)
        start = state if state is not None else {k: b.array(v) for k, v in batch.state.items()}
        step, valid = stack.forward(
            self._layers, b, self._p, x, rng=rng, lengths=lengths, state=start
        )
        rows = None if valid is None else int(batch.lengths.sum())
        seen = b.call(objective, self._spec, self._loss, step.y, t, weights, valid, rows)
        return step, Objective(*seen), step.back

    def _update(self, slopes: Mapping[str, Array], rate: float) -> None:
        optimizer = self._phase.optimizer
        self.updates += 1
        weights, self._memory = self._b.call(
            updated,
            optimizer,
            self._penalty,
            self._phase.clip,
            {name: self._p[name] for name in self._trained},
            {name: slopes[name] for name in self._trained},
            self._memory,
            optimizer.factors(rate, self.updates),
        )
        self._p |= weights

    def begin_statistics(self) -> None:
        """Let the next batch be the first of those that running means are made of."""
        with self._b.computing():
            for name in self._counters:
                self._p[name] = self._b.zeros(self._p[name].shape, self._p[name].dtype)

    def culprit(self, batch: Batch, rng: Stream | None, state: Mapping[str, Array] | None) -> str:
        """Say where the numbers of a batch, run forward, are first not finite."""
        b = self._b
        with b.computing():
            start = state if state is not None else {k: b.array(v) for k, v in batch.state.items()}
            return culprit(b, self._layers, self._p, batch, rng, start)

    def penalty(self) -> float:
        """Give what the penalty adds to the loss at the weights as they are."""
        with self._b.computing():
            return self._penalty.value(self._b, self._p)

    def weights(self) -> dict[str, Any]:
        """Give the weights as NumPy arrays of their own."""
        with self._b.computing():
            return {k: self._b.numpy(self._b.canonical(v)).copy() for k, v in self._p.items()}

    def memory(self) -> dict[str, Any]:
        """Give the optimizer's memory by full name ("lstm_1/W/m"), as NumPy arrays of its own."""
        return {
            f"{name}/{k}": self._b.numpy(v).copy()
            for name, arrays in self._memory.items()
            for k, v in arrays.items()
        }

    def resume(self, weights: Mapping[str, Any], memory: Mapping[str, Any], updates: int) -> None:
        """Go on from weights and memory as `weights` and `memory` gave them."""
        b = self._b
        self._p = {name: b.array(array) for name, array in weights.items()}
        self._memory = {
            name: {k: b.array(memory[f"{name}/{k}"]) for k in arrays}
            for name, arrays in self._memory.items()
        }
        self.updates = updates


def updated(
    b: Backend,
    optimizer: Optimizer,
    penalty: Penalty,
    clip: Clip | None,
    weights: Arrays,
    slopes: Arrays,
    memory: dict[str, Arrays],
    factors: tuple[float, ...],
) -> tuple[Arrays, dict[str, Arrays]]:
    """Give weights and memory after a step, from the loss's slopes; all by name.

    What is given is lost: a twin may write over weights and memory.
    """
    gradients = {name: penalty.added(b, name, weights[name], slopes[name]) for name in weights}
    if clip is not None:
        gradients = clipped(b, clip, gradients)
    moved = {
        name: optimizer.update(b, weights[name], g, memory[name], factors)
        for name, g in gradients.items()
    }
    return {name: w for name, (w, _) in moved.items()}, {name: m for name, (_, m) in moved.items()}
