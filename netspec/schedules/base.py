"""What every schedule is: a factor of the learning rate as a function of the progress.

Time is counted in epochs, a step of a batch being a part of one. `warmup` epochs long the factor
climbs in equal steps to what the schedule begins with; the schedule's own time begins after that.
Everything is + - * / on Python's floats, so that it is the same on every machine.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from ..options import Kind, NotNegative


class Progress(NamedTuple):
    """Where a phase of training stands before a step.

    `epoch` counts from 0 up to `epochs`, which is one too far, `step` likewise within the epoch;
    `losses` are the losses of the past epochs of this phase, of the validation set where there is
    one; an epoch after which nobody looked has that of the last look.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    losses: tuple[float, ...] = ()


class Schedule(Kind):
    """A schedule and its options."""

    kinds: ClassVar[dict[str, Any]] = {}

    type: str
    warmup: NotNegative = 0.0

    def factor(self, now: Progress) -> float:
        """Give what the learning rate is multiplied by in the step that comes next."""
        time = now.epoch + now.step / now.steps
        if time < self.warmup:
            ramp = min((time + 1 / now.steps) / self.warmup, 1.0)
            return ramp * self.shape(0.0, max(now.epochs - self.warmup, 0.0), ())
        return self.shape(time - self.warmup, now.epochs - self.warmup, now.losses)

    def shape(self, time: float, whole: float, losses: tuple[float, ...]) -> float:
        """Give the factor `time` epochs after the warm-up, of `whole` epochs that follow it."""
        raise TypeError(f"the schedule {type(self).__name__} has no formula")
