"""Bars for every network: the time of each contestant at its best, on a logarithmic scale."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, nearest
from ..formats.files import write_atomically
from .packages import package

if TYPE_CHECKING:
    from .result import Row
    from .story import Report

INCHES_A_ROW, INCHES_WIDE, INCHES_ABOUT = 0.7, 9.0, 1.2
BAR = 0.8  # of the room that a row has


def kind_of(file: Path) -> str:
    """Give the kind of picture by the file's suffix, before anything is timed for it.

    Raises UnavailableError without matplotlib, DataError where it draws no such kind.
    """
    kinds = package("matplotlib.figure", "plots").Figure().canvas.get_supported_filetypes()
    kind = file.suffix.lower().removeprefix(".")
    if kind not in kinds:
        raise DataError(f"{file}: no picture is of the kind {kind!r}{nearest(kind, kinds)}")
    return kind


def plot(report: Report, file: Path) -> None:
    """Draw all groups, one below the other; raises as `kind_of` does."""
    kind = kind_of(file)
    groups = {name: rows for name, rows in report.groups.items() if rows}
    heights = [INCHES_A_ROW * len(rows) + INCHES_ABOUT for rows in groups.values()] or [1.0]
    figure = package("matplotlib.figure", "plots").Figure((INCHES_WIDE, sum(heights)))
    grid = figure.add_gridspec(max(len(groups), 1), 1, height_ratios=heights)
    for number, (name, rows) in enumerate(groups.items()):
        _bars(figure.add_subplot(grid[number]), name, rows, report.contestants)
    figure.set_layout_engine("constrained")
    picture = BytesIO()
    figure.savefig(picture, format=kind)
    write_atomically(file, [picture.getvalue()])


def _bars(axes: Any, title: str, rows: list[Row], contestants: list[str]) -> None:
    width = BAR / len(contestants)
    for place, name in enumerate(contestants):
        times = {n: row.time(name, "best") for n, row in enumerate(rows)}
        known = {n: 1e3 * time.seconds for n, time in times.items() if time is not None}
        heights = [n + place * width for n in known]
        axes.barh(heights, list(known.values()), width, align="edge", label=name)
    axes.set_yticks([n + BAR / 2 for n in range(len(rows))], [row.name for row in rows])
    axes.set_ylim(len(rows), BAR - 1)  # the first row on top
    axes.set_xscale("log")
    axes.set_xlabel("ms a call, shorter is better")
    axes.set_title(title)
    axes.legend()
