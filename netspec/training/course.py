"""The course of a training: phase after phase, each with an optimizer of its own.

A phase begins with the best weights of the one before (`phase.py`). What is known when an epoch
ends, or somebody interrupts, is written to the checkpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..fitting import NOTHING, Fitted
from ..formats import CONTRACT
from ..history import Epoch, History
from ..precision import FULL
from . import checkpoint
from .batches import Batches
from .checkpoint import Checkpoint, Place
from .interruption import Interruption
from .phase import PhaseRun, Standing, Surroundings
from .validation import Validation
from .weighting import Weighting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..backends import Backend
    from ..settings import Training
    from ..spec import NetworkSpec
    from .planned import AnyStep
    from .split import Rows
    from .watching import Watcher


class Course:
    """A training: `best` are the weights that the network is left with, `history` its epochs."""

    def __init__(
        self,
        b: Backend,
        spec: NetworkSpec,
        settings: Training,
        weights: Mapping[str, Any],
        seed: int,
        data: str = "",
        fitted: Fitted = NOTHING,
    ) -> None:
        """Begin with weights ({"lstm_1/W": NumPy array}); `seed` gives orders and dropout.

        `data` is the fingerprint of the data and `fitted` what was fitted to it, for checkpoints.
        """
        self._b, self._spec, self._settings, self._seed = b, spec, settings, seed
        self._data, self._fitted = data, fitted
        self._standing = Standing(Place(), dict(weights))
        self._kept: Checkpoint | None = None

    @property
    def best(self) -> dict[str, Any]:
        """The weights of the best epoch so far."""
        return self._standing.best

    @property
    def history(self) -> History:
        """The epochs so far."""
        place = self._standing.place
        return History(tuple(Epoch(*row) for row in place.rows), place.best, place.ended)

    def resume(self, kept: Checkpoint) -> None:
        """Go on from a checkpoint."""
        self._kept, self._standing = kept, Standing(kept.place, kept.best)

    def run(self, training: Rows, validation: Rows | None, path: Any, watcher: Watcher) -> bool:
        """Train to the end; False where somebody interrupted.

        `path` is where checkpoints are written, or None. Raises TrainingError where the loss is no
        number any more, DataError where the data are not what they should be.
        """
        weighting = Weighting(self._spec, self._settings, training.data, training.rows)
        place = self._standing.place
        phases = self._settings.phases or (self._settings,)
        with Interruption() as interruption:
            for number in range(place.phase, len(phases)):
                phase = phases[number]
                place.phase, place.ended = number, ""
                batches = Batches(self._settings, phase, training.rows)
                around = Surroundings(
                    self._b, self._spec, self._settings, self._seed, training.data, weighting,
                    self._watched(validation, weighting, phase.batch_size), watcher, interruption,
                    lambda step: self._save(path, step),
                )  # fmt: skip
                watcher.phase(number + 1, len(phases), phase.epochs, len(batches), place.epoch)
                run = PhaseRun(around, number, phase, batches, self._standing)
                if self._kept is not None:
                    run.resume(self._kept.weights, self._kept.memory)
                else:
                    run.begin()
                self._kept = None
                if not run.go():
                    place.ended = "interrupted"
                    return False
                if number + 1 < len(phases):
                    place.epoch = 0
                else:
                    self._save(path, run.step)  # which says now that it ended
        return True

    def _watched(
        self, rows: Rows | None, weighting: Weighting, batch_size: int
    ) -> Validation | None:
        if rows is None:
            return None
        size = batch_size if self._settings.rules == "tmva" else None
        loss = self._settings.loss
        return Validation(self._b, self._spec, loss, rows.data, rows.rows, weighting, size)

    def _save(self, path: Any, step: AnyStep) -> None:
        if path is not None:
            checkpoint.write(
                path,
                Checkpoint(
                    self._standing.place, step.weights(), self.best, step.memory(),
                    self._spec.canonical(), self._data, self._seed, engine(self._b),
                    self._fitted,
                ),
            )  # fmt: skip


def engine(b: Backend) -> str:
    """Say what computes: the backend and, where it promises bits, by which contract."""
    if b.precision != FULL:
        return f"the backend {b.name} in {b.precision}"
    return f"the backend {b.name}" + (f", contract {CONTRACT}" if b.exact else "")
