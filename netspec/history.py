"""What a training went through, epoch by epoch: a table, a plot, numbers for a file.

    phase  epoch    loss  validation_loss  learning_rate
        1      1  0.6931           0.6802          0.001

There is no clock in it: the same training gives the same history, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any, NamedTuple

from . import pictures

COLUMNS = ("phase", "epoch", "loss", "validation_loss", "learning_rate")
KEPT = "kept"  # the column of a file that has 1 where the weights are those of the epoch, else 0


class Epoch(NamedTuple):
    """One row: phase and epoch in it count from 1; a loss that was not taken is NaN."""

    phase: int
    epoch: int
    loss: float
    validation_loss: float = nan
    learning_rate: float = nan

    @property
    def monitored(self) -> float:
        """The loss that says which epoch is the best: that of validation, where it was taken."""
        return self.loss if isnan(self.validation_loss) else self.validation_loss


class History:
    """The epochs of a training; `best` is the number of the row whose weights were kept.

    None of them was, where none undercut what the training began with (TMVA's rules).
    `str()` gives the table, `to_data()` plain data for JSON, `columns()` what a model file keeps,
    `plot(path)` a picture. `ended` says in a few words why the training ended.
    """

    def __init__(self, rows: tuple[Epoch, ...] = (), best: int | None = None, ended: str = ""):
        self.rows, self.best, self.ended = rows, best, ended

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.rows)

    def __getitem__(self, row: int) -> Epoch:
        return self.rows[row]

    def columns(self) -> dict[str, tuple[float, ...]]:
        """Give every column by name, as `Extras.history` keeps it."""
        kept = tuple(float(number == self.best) for number in range(len(self.rows)))
        by_name = {name: tuple(float(getattr(row, name)) for row in self.rows) for name in COLUMNS}
        return by_name | {KEPT: kept}

    @classmethod
    def of_columns(cls, columns: Mapping[str, tuple[float, ...]]) -> History:
        """Read the history that a model file keeps; a column that is not there is NaN.

        Phases are 1 and epochs are counted where the file does not number them.
        """
        count = len(columns.get("loss", ()))
        numbered = {"phase": (1,) * count, "epoch": tuple(range(1, count + 1))}
        found = {name: columns.get(name, (nan,) * count) for name in COLUMNS}
        for name, numbers in numbered.items():
            whole = all(map(isfinite, found[name]))
            found[name] = tuple(map(int, found[name])) if whole else numbers
        rows = tuple(Epoch(*row) for row in zip(*found.values(), strict=False))
        if KEPT in columns:
            kept = columns[KEPT][: len(rows)]
            return cls(rows, kept.index(1.0) if 1.0 in kept else None)
        return cls(rows, _kept(rows))

    def to_data(self) -> dict[str, Any]:
        """Give plain data."""
        return {
            "epochs": [row._asdict() for row in self.rows],
            "best": self.best,
            "ended": self.ended,
        }

    def __repr__(self) -> str:
        kept = "" if self.best is None else f", best {self[self.best].monitored:g}"
        return f"<History: {len(self)} epochs{kept}>"

    def __str__(self) -> str:
        heads = [name for name in COLUMNS if self._has(name)]
        if len({row.phase for row in self.rows}) < 2:
            heads.remove("phase")
        cells = [[_cell(getattr(row, name)) for name in heads] for row in self.rows]
        widths = [
            max(len(head), *(len(line[n]) for line in cells), 0) for n, head in enumerate(heads)
        ]
        lines = ["  ".join(f"{c:>{w}}" for c, w in zip(heads, widths, strict=True))]
        for number, line in enumerate(cells):
            mark = "  best" if number == self.best else ""
            lines.append("  ".join(f"{c:>{w}}" for c, w in zip(line, widths, strict=True)) + mark)
        return "\n".join([*lines, *([self.ended] if self.ended else [])])

    def _has(self, name: str) -> bool:
        return name in ("phase", "epoch", "loss") or any(
            not isnan(getattr(row, name)) for row in self.rows
        )

    def plot(self, path: str | Path) -> None:
        """Draw both losses, and the learning rate where it changes, to a picture file.

        Raises UnavailableError where matplotlib is not installed, DataError where it draws no such
        kind, OSError where the disk refuses.
        """
        pictures.kind(path)
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator

        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.add_subplot()
        epochs = range(1, len(self.rows) + 1)
        axes.plot(epochs, [row.loss for row in self.rows], label="training")
        if self._has("validation_loss"):
            seen = [(n, r.validation_loss) for n, r in zip(epochs, self.rows, strict=True)]
            seen = [pair for pair in seen if not isnan(pair[1])]
            axes.plot(*zip(*seen, strict=True), label="validation")
        if self.best is not None:
            axes.axvline(self.best + 1, color="0.7", linestyle=":", label="best")
        axes.set(xlabel="epoch", ylabel="loss")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False)
        if len({row.learning_rate for row in self.rows}) > 1:
            right = axes.twinx()
            right.plot(epochs, [row.learning_rate for row in self.rows], color="0.6", linewidth=1)
            right.set_ylabel("learning rate", color="0.4")
        pictures.write(figure, path)


def _kept(rows: tuple[Epoch, ...]) -> int | None:
    """Guess which row's weights are kept: the lowest validation loss, else the last one."""
    losses = ((row.validation_loss, number) for number, row in enumerate(rows))
    seen = [pair for pair in losses if not isnan(pair[0])]
    if seen:
        return min(seen)[1]
    return len(rows) - 1 if rows else None


def _cell(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return "" if isnan(value) else f"{value:.6g}"
