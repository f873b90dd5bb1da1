"""One phase of a training: epochs of batches, until its rule of stopping ends it.

    for every epoch:   an order of its own; a step for every batch (and every window of it)
      loss             the mean over rows of the losses that the steps met (tmva: over batches)
      validation_loss  at the end of every `validate_every` epochs, and of the last one
      best weights     those of the lowest validation loss of all phases; without validation, the
                       last

Running means that layers keep (batch_norm) are made of all batches; under TMVA's rules of those
since the last look at the validation set.

With a penalty both losses hold it, at the weights as they are when the epoch ends. At the end of
every epoch, and when somebody interrupts, everything is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import TrainingError
from ..history import Epoch
from ..randomness import Stream
from ..schedules import Progress
from .batches import Batches, windows
from .checkpoint import Place
from .diagnosis import not_finite
from .planned import AnyStep, step_of
from .stopping import Stopping

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Batch, Dataset
    from ..settings import Phase, Training
    from ..spec import NetworkSpec
    from .interruption import Interruption
    from .validation import Validation
    from .watching import Watcher
    from .weighting import Weighting


class Surroundings(NamedTuple):
    """What a phase works with and does not change; `save` keeps a step and what belongs to it."""

    b: Backend
    spec: NetworkSpec
    settings: Training
    seed: int
    data: Dataset
    weighting: Weighting
    validation: Validation | None
    watcher: Watcher
    interruption: Interruption
    save: Callable[[AnyStep], None]

    @property
    def like_tmva(self) -> bool:
        """Whether TMVA's rules hold."""
        return self.settings.rules == "tmva"


@dataclass
class Standing:
    """How far a training has come, and the weights that the network would be left with."""

    place: Place
    best: dict[str, Any]


class PhaseRun:
    """Phase `number`, from 0, of a training."""

    def __init__(
        self, around: Surroundings, number: int, phase: Phase, batches: Batches, standing: Standing
    ) -> None:
        """Begin with the best weights so far, and an optimizer that remembers nothing."""
        self._around, self._number, self._phase = around, number, phase
        self._batches, self._standing = batches, standing
        self._losses: list[float] = []
        self.step = step_of(
            around.b, around.spec, standing.best, around.settings.loss, phase, around.like_tmva
        )
        every = phase.validate_every if around.validation is not None else 1
        self._stopping = Stopping(phase, around.like_tmva, every)

    def begin(self) -> None:
        """Look at what the phase begins with, by its own penalty: it is to be undercut.

        Under netspec's rules the first phase undercuts whatever the untrained network has.
        """
        if self._around.validation is not None and (self._around.like_tmva or self._number > 0):
            self._stopping.least = self._validation_loss()

    def resume(self, weights: dict[str, Any], memory: dict[str, Any]) -> None:
        """Go on from where a checkpoint of this phase was written."""
        place = self._standing.place
        self.step.resume(weights, memory, place.updates)
        self._stopping.least, self._stopping.waited = place.least, place.waited
        for row in place.rows[len(place.rows) - place.epoch :]:
            self._note(row)

    def go(self) -> bool:
        """Run epochs until the phase ends; False where somebody interrupted."""
        while not self._ended():
            if not self._train():
                self._keep()
                return False
            self._close()
            self._keep()
        return True

    def _ended(self) -> bool:
        place = self._standing.place
        if place.batch or not place.epoch:
            return False
        if not self._stopping.ends(place.epoch, self._looks_after(place.epoch)):
            return False
        done = place.epoch >= self._phase.epochs
        place.ended = (
            "all epochs done" if done else f"not better for {self._stopping.waited} epochs"
        )
        return True

    def _train(self) -> bool:
        """Go through the batches that are left of an epoch; False where somebody interrupted."""
        place, around = self._standing.place, self._around
        losses = tuple(self._losses)
        stream = Stream(around.seed, "training", self._number, place.epoch)
        for number, rows in self._batches.of_epoch(stream, place.batch):
            with around.b.computing():  # numbers of another dtype are rounded here
                batch = around.weighting.of(around.data.take(rows))
            rate = self._rate(number, losses)
            self._learn(batch, rate, stream)
            place.batch = number + 1
            around.watcher.step(number + 1, place.total / max(1, place.count), rate)
            if around.interruption.asked:
                return False
        return True

    def _learn(self, batch: Batch, rate: float, stream: Stream) -> None:
        """Take the steps of one batch."""
        place, around = self._standing.place, self._around
        steps, state = around.settings.truncate, None
        for number, window in enumerate(windows(batch, steps)):
            rng = stream.of(place.batch, number) if self.step.random else None
            taken = self.step.take(window, rate, rng, state, carry=steps is not None)
            if not isfinite(taken.loss):
                why = self.step.culprit(window, rng, state)
                raise self._end_of_numbers(f"the loss is {taken.loss}: {why}", rate)
            state = taken.state
            place.total += taken.loss * (1 if around.like_tmva else taken.terms)
            place.count += 1 if around.like_tmva else taken.terms

    def _end_of_numbers(self, what: str, rate: float) -> TrainingError:
        place = self._standing.place
        batch = min(place.batch + 1, len(self._batches))
        return TrainingError(
            f"phase {self._number + 1}, epoch {place.epoch + 1}, batch {batch}: {what};"
            f" a learning rate below {rate:g}, or clip: {{norm: 1}}, may help"
        )

    def _looks_after(self, epoch: int) -> bool:
        """Whether validation follows so many epochs; TMVA trains on where none follows the last."""
        last = epoch == self._phase.epochs and not self._around.like_tmva
        return last or epoch % self._phase.validate_every == 0

    def _rate(self, batch: int, losses: tuple[float, ...]) -> float:
        phase = self._phase
        now = Progress(self._standing.place.epoch, phase.epochs, batch, len(self._batches), losses)
        return phase.optimizer.learning_rate * phase.schedule.factor(now)

    def _note(self, row: Epoch) -> None:
        """Note the loss of a past epoch of this phase, for schedules.

        Of validation, where there is one: an epoch that did not look has the loss of the last look.
        """
        if self._around.validation is None:
            self._losses.append(row.loss)
        elif not isnan(row.validation_loss):
            self._losses.append(row.validation_loss)
        elif self._losses:
            self._losses.append(self._losses[-1])

    def _close(self) -> None:
        """End an epoch: its losses, the best weights, its row in the history."""
        place, around = self._standing.place, self._around
        rate = self._rate(len(self._batches) - 1, tuple(self._losses))
        if name := not_finite(self.step.weights()):
            raise self._end_of_numbers(f"the weights {name} are not finite any more", rate)
        loss = place.total / max(1, place.count) + self.step.penalty()
        validated = nan
        if around.validation is not None and self._looks_after(place.epoch + 1):
            validated = self._validation_loss()
            if not isfinite(validated):
                raise self._end_of_numbers(f"the validation loss is {validated}", rate)
        if not isfinite(loss):
            raise self._end_of_numbers(f"the loss is {loss} with its penalty", rate)
        place.epoch += 1
        row = Epoch(self._number + 1, place.epoch, loss, validated, rate)
        place.rows.append(row)
        self._note(row)
        place.batch, place.total, place.count = 0, 0.0, 0
        if around.validation is None:
            self._stopping.improves(loss)
            self._take_as_best()
        elif not isnan(validated) and self._stopping.improves(validated):
            self._take_as_best()
        around.watcher.epoch(row)

    def _take_as_best(self) -> None:
        self._standing.best = self.step.weights()
        self._standing.place.best = len(self._standing.place.rows) - 1

    def _validation_loss(self) -> float:
        assert self._around.validation is not None
        loss = self._around.validation.loss(self.step.weights()) + self.step.penalty()
        if self._around.like_tmva:
            self.step.begin_statistics()
        return loss

    def _keep(self) -> None:
        place = self._standing.place
        place.updates = self.step.updates
        place.least, place.waited = self._stopping.least, self._stopping.waited
        self._around.save(self.step)
