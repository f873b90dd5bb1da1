"""One step of training as a backend's prepared call: what `step.py` does, with the same bits.

Where the backend has none for this network, loss or optimizer, the formulas of `step.py` run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .diagnosis import culprit
from .dropout import with_dropout
from .penalty import Penalty
from .step import Step, Taken

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..dataset import Batch
    from ..losses import Loss
    from ..randomness import Stream
    from ..settings import Phase
    from ..spec import NetworkSpec


def step_of(
    b: Backend,
    spec: NetworkSpec,
    weights: Mapping[str, Any],
    loss: Loss,
    phase: Phase,
    like_tmva: bool,
) -> AnyStep:
    """Give the step of a phase, by the backend's plan where it has one.

    `weights` are NumPy arrays by full name; the optimizer starts anew.
    """
    layers = with_dropout(spec, phase.dropout, like_tmva)
    penalty = Penalty(spec, phase.regularization, like_tmva)
    plan = b.training_plan(
        spec, layers, weights, loss, phase.optimizer, penalty.by_name, phase.clip
    )
    if plan is None:
        return Step(b, spec, weights, loss, phase, like_tmva)
    return Planned(b, layers, weights, phase, penalty, plan)


class Planned:
    """The same as a `Step`, on a plan that holds weights and memory.

    `random` says whether it is to be given a stream: no plan knows layers that take statistics.
    """

    def __init__(
        self,
        b: Backend,
        layers: Any,
        weights: Mapping[str, Any],
        phase: Phase,
        penalty: Penalty,
        plan: Any,
    ) -> None:
        """Hold a plan that has these weights already."""
        self._b, self._layers, self._penalty, self._plan = b, layers, penalty, plan
        self._optimizer = phase.optimizer
        self._names, self._fixed = list(weights), dict(weights)
        self.updates = 0
        self.random: bool = plan.random

    def take(
        self,
        batch: Batch,
        rate: float,
        rng: Stream | None = None,
        state: Mapping[str, Array] | None = None,
        carry: bool = False,
    ) -> Taken:
        """Learn from a batch at a learning rate; see `Step.take`."""
        loss, terms, final = self._plan.step(
            batch.x,
            batch.t,
            self._optimizer.factors(rate, self.updates + 1),
            weights=batch.weights,
            lengths=batch.lengths,
            state=(batch.state or None) if state is None else state,
            finals=carry,
            rng=rng,
        )
        self.updates += terms > 0
        return Taken(loss, terms, final)

    def slopes(self, batch: Batch, rng: Stream | None = None) -> tuple[float, dict[str, Any]]:
        """Give the loss of a batch and its slope in every trained weight, and change nothing."""
        loss, _, _ = self._plan.step(
            batch.x,
            batch.t,
            (),
            weights=batch.weights,
            lengths=batch.lengths,
            state=batch.state or None,
            rng=rng,
        )
        return loss, self._plan.gradients()

    def begin_statistics(self) -> None:
        """Do nothing: there are none."""

    def culprit(self, batch: Batch, rng: Stream | None, state: Mapping[str, Array] | None) -> str:
        """Say where the numbers of a batch, run forward, are first not finite."""
        with self._b.computing():
            start = batch.state if state is None else state
            return culprit(self._b, self._layers, self.weights(), batch, rng, start)

    def penalty(self) -> float:
        """Give what the penalty adds to the loss at the weights as they are."""
        with self._b.computing():
            return self._penalty.value(self._b, self.weights())

    def weights(self) -> dict[str, Any]:
        """Give the weights as NumPy arrays of their own."""
        now = {**self._fixed, **self._plan.weights()}
        return {name: self._b.numpy(self._b.canonical(now[name])) for name in self._names}

    def memory(self) -> dict[str, Any]:
        """Give the optimizer's memory by full name ("lstm_1/W/m"), as NumPy arrays of its own."""
        return {
            f"{name}/{k}": array
            for name, arrays in self._plan.memory().items()
            for k, array in arrays.items()
        }

    def resume(self, weights: Mapping[str, Any], memory: Mapping[str, Any], updates: int) -> None:
        """Go on from weights and memory as `weights` and `memory` gave them."""
        by_name = {
            name: {k: memory[f"{name}/{k}"] for k in self._optimizer.carried}
            for name in self._plan.weights()
        }
        self._plan.resume(weights, by_name)
        self.updates = updates


AnyStep = Step | Planned
