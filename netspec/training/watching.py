"""Who watches a training: nobody, a bar with loss, rate and time left, or lines in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Protocol, Self

from ..history import Epoch

SECONDS = 0.1  # between two looks at the bar


class Watcher(Protocol):
    """What a training tells while it runs; losses are means of the epoch so far."""

    def phase(self, number: int, of: int, epochs: int, batches: int, done: int) -> None:
        """A phase begins, or goes on after `done` epochs."""

    def step(self, batch: int, loss: float, rate: float) -> None:
        """A batch was learned."""

    def epoch(self, row: Epoch) -> None:
        """An epoch ended."""


class Nobody:
    """A watcher that does nothing."""

    def phase(self, number: int, of: int, epochs: int, batches: int, done: int) -> None:
        """Do nothing."""

    def step(self, batch: int, loss: float, rate: float) -> None:
        """Do nothing."""

    def epoch(self, row: Epoch) -> None:
        """Do nothing."""


def on_stderr() -> Bar | Lines:
    """Give a bar where stderr is a terminal, and lines where it is a file."""
    return Bar() if sys.stderr.isatty() else Lines()


class Lines:
    """A line on stderr for every epoch, for a `with` statement: what the log of a batch job keeps.

    epoch 3 of 20: loss 0.61234, validation 0.60123, rate 0.001
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def phase(self, number: int, of: int, epochs: int, batches: int, done: int) -> None:
        """Note where lines are to say that they are."""
        self._name = f"phase {number} of {of}, " if of > 1 else ""
        self._epochs = epochs

    def step(self, batch: int, loss: float, rate: float) -> None:
        """Do nothing."""

    def epoch(self, row: Epoch) -> None:
        """Write a line."""
        seen = row.validation_loss
        validation = f"validation {seen:.5g}, " if seen == seen else ""  # no NaN: it was taken
        sys.stderr.write(
            f"{self._name}epoch {row.epoch} of {self._epochs}: loss {row.loss:.5g}, {validation}"
            f"rate {row.learning_rate:.3g}\n"
        )
        sys.stderr.flush()


class Bar:
    """A progress bar on stderr, for a `with` statement."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("loss {task.fields[loss]:.5g}"),
            TextColumn("{task.fields[validation]}"),
            TextColumn("rate {task.fields[rate]:.3g}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task: Any = None
        self._looked = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def phase(self, number: int, of: int, epochs: int, batches: int, done: int) -> None:
        """Begin a line of the bar."""
        self._name = f"phase {number} of {of}, " if of > 1 else ""
        self._epochs, self._batches, self._done = epochs, batches, done
        self._task = self._bar.add_task(
            self._title(),
            total=epochs * batches,
            completed=done * batches,
            loss=float("nan"),
            validation="",  # there may be none
            rate=float("nan"),
        )

    def step(self, batch: int, loss: float, rate: float) -> None:
        """Move the bar on, a few times a second."""
        now = time.monotonic()
        if now - self._looked < SECONDS:
            return
        self._looked = now
        self._bar.update(
            self._task, completed=self._done * self._batches + batch, loss=loss, rate=rate
        )

    def epoch(self, row: Epoch) -> None:
        """Show the losses of the epoch."""
        self._done = row.epoch
        self._bar.update(
            self._task,
            description=self._title(),
            completed=self._done * self._batches,
            total=max(self._epochs, self._done) * self._batches,
            loss=row.loss,
            rate=row.learning_rate,
        )
        if row.validation_loss == row.validation_loss:  # no NaN: it was taken in this epoch
            self._bar.update(self._task, validation=f"validation {row.validation_loss:.5g}")

    def _title(self) -> str:
        return f"{self._name}epoch {min(self._done + 1, self._epochs)} of {self._epochs}"
