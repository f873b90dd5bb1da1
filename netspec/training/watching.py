"""Who watches a training: nobody, or a bar on a terminal with loss, rate and time left."""

from __future__ import annotations

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
