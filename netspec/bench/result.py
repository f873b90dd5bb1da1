"""What one network gave: a row with a cell for every contestant, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .timing import geometric_mean

OURS, REFERENCE = "netspec", "numpy"
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}  # beyond it, it is another network that was timed


class Time(NamedTuple):
    """Seconds for all events, and the least of a turn; threads (None: unknown), size of batch.

    `how` names the way to call it where there are several, `distance` is that from float64.
    """

    seconds: float
    least: float
    threads: int | None
    batch: int
    how: str
    distance: float


class Cell(NamedTuple):
    """A contestant's time at its best number of threads and at one; or why there is none."""

    best: Time | None = None
    one: Time | None = None
    problem: str = ""


Pick = Callable[[Cell], Time | None]
PICKS: dict[str, Pick] = {"best": lambda cell: cell.best, "one": lambda cell: cell.one}


@dataclass(frozen=True)
class Row:
    """The cells of one network by contestant.

    `events` are those of one call, `neighbours` the processors that other programs took meanwhile.
    """

    name: str
    cells: Mapping[str, Cell]
    events: int
    dtype: str = "float32"
    gflop: float = 0.0
    sizes: Mapping[str, Any] = field(default_factory=dict)
    neighbours: float | None = None

    def time(self, name: str, pick: str) -> Time | None:
        """Give the time of a contestant, None where it has none that counts."""
        found = PICKS[pick](self.cells.get(name, Cell()))
        right = found is not None and found.distance <= TOLERANCE[self.dtype]
        return found if right else None

    def fastest(self, pick: str) -> str | None:
        """Give the name of the fastest of all."""
        return self._fastest(pick, set())

    def best_rival(self, pick: str) -> str | None:
        """Give the name of the fastest that is not ours."""
        return self._fastest(pick, {OURS, REFERENCE})

    def _fastest(self, pick: str, without: set[str]) -> str | None:
        found = {name: self.time(name, pick) for name in self.cells if name not in without}
        seconds = {name: time.seconds for name, time in found.items() if time is not None}
        return min(seconds, key=seconds.__getitem__) if seconds else None

    def ratio(self, pick: str) -> float | None:
        """Give how many times as fast as the best rival netspec is."""
        rival, ours = self.best_rival(pick), self.time(OURS, pick)
        theirs = self.time(rival, pick) if rival else None
        return theirs.seconds / ours.seconds if ours and theirs else None

    def least_ratio(self, pick: str) -> float | None:
        """Give the same of the shortest turns, which other programs disturbed least."""
        found = {name: self.time(name, pick) for name in self.cells}
        least = {name: time.least for name, time in found.items() if time is not None}
        rivals = [seconds for name, seconds in least.items() if name not in (OURS, REFERENCE)]
        return min(rivals) / least[OURS] if rivals and OURS in least else None

    def to_data(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        return {
            "name": self.name,
            **self.sizes,
            "dtype": self.dtype,
            "gflop": self.gflop,
            "events": self.events,
            "neighbours": self.neighbours,
            "ratio": {pick: self.ratio(pick) for pick in PICKS},
            "least_ratio": {pick: self.least_ratio(pick) for pick in PICKS},
            "fastest": {pick: self.fastest(pick) for pick in PICKS},
            "contestants": {name: _data(cell) for name, cell in self.cells.items()},
        }


def _data(cell: Cell) -> dict[str, Any]:
    if cell.problem:
        return {"problem": cell.problem}
    times = {pick: choose(cell) for pick, choose in PICKS.items()}
    return {pick: time and time._asdict() for pick, time in times.items()}


class Summary(NamedTuple):
    """How a group ended: rows with a ratio, their geometric mean, the worst of them.

    `least_mean` and `least_worst` are those of the shortest turns.
    """

    rows: int
    mean: float | None
    worst: float | None
    least_mean: float | None
    least_worst: float | None


def summary(rows: list[Row], pick: str) -> Summary:
    """Sum a group up: `worst` at 1 or above says that netspec is behind nowhere."""
    ratios = [ratio for row in rows if (ratio := row.ratio(pick)) is not None]
    least = [ratio for row in rows if (ratio := row.least_ratio(pick)) is not None]
    return Summary(
        len(ratios),
        geometric_mean(ratios),
        min(ratios, default=None),
        geometric_mean(least),
        min(least, default=None),
    )
