"""A report for people: a head, a table a group, the fastest marked with a star."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .neighbours import NOISY
from .result import OURS, PICKS, TOLERANCE, Row, Time, summary
from .shapes import LARGE
from .story import NETWORK

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from .story import Report

WIDTH = 132  # letters of a line where no terminal says how many there are
LEGEND = (
    "A cell: time of a call, × threads (none said: NumPy's BLAS takes its own number), largest"
    " distance of its outputs from float64, by the size of batch that many events are cut into."
    " Ratio: the best rival's time over netspec's. In brackets, and not counted: what is further"
    f" from float64 than {TOLERANCE['float32']:g} (a float64 network: {TOLERANCE['float64']:g})."
)
LEARNED = (
    "A step: forward, squared error, back, Adam. A cell: time of a step, × threads, largest"
    " distance of its first gradient from float64, in units of the largest entry. Ratio: the best"
    " rival's time over netspec's. In brackets, and not counted: a distance above"
    f" {TOLERANCE['float32']:g} (a float64 network: {TOLERANCE['float64']:g})."
)
TITLES = {"best": "each at its best number of threads", "one": "one thread"}


def show(report: Report) -> None:
    """Print all of it."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, file=sys.stdout, width=WIDTH)
    for line in head(report):
        console.print(line, markup=False, soft_wrap=True)
    for part in parts(report):
        _print(console, part)


def _print(console: Console, part: RenderableType) -> None:
    console.print()
    console.print(part)


def head(report: Report) -> Iterator[str]:
    """Yield the lines about the machine."""
    machine = report.machine
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
    on = f" on {machine['instructions']}" if machine["instructions"] else ""
    yield (
        f"netspec {machine['netspec']}, backend {machine['backend']}{on},"
        f" Python {machine['python']}"
    )
    for name, version in machine["rivals"].items():
        yield f"{name} {version or 'is not installed'}"
    yield f"up to {machine['threads']} threads"
    if names := machine["left_out_of_the_environment"]:
        yield f"left out of the environment, for they slow NumPy: {', '.join(names)}"
    if "no_ceiling" in machine:
        yield str(machine["no_ceiling"])


def parts(report: Report) -> Iterator[RenderableType]:
    """Yield the tables, and what they come to."""
    picks = ["best", "one"] if report.machine["threads"] > 1 else ["one"]
    for name, rows in report.groups.items():
        for pick in picks:
            yield _group(report, name, rows, pick)
            yield _text(_verdict(rows, pick))
    if report.groups:
        yield _text(LEARNED if report.memory else LEGEND)
    if report.ceilings:
        yield _large(report, picks)
    if report.memory:
        yield _memory(report)
    if report.files:
        yield _files(report)


def _there(report: Report) -> list[str]:
    """Leave out who is not installed: the lines about the machine say so."""
    rivals = report.machine["rivals"]
    return [name for name in report.contestants if rivals.get(name, "") is not None]


def _group(report: Report, name: str, rows: list[Row], pick: str) -> Table:
    unit = "" if name == NETWORK else "ms a step, " if report.memory else "ms a call, "
    there = _there(report)
    table = _table(f"{name}: {unit}{TITLES[pick]}", name, *there, "ratio")
    for row in rows:
        ratio, fastest = row.ratio(pick), row.fastest(pick)
        cells = [_cell(row, one, pick, one == fastest) for one in there]
        ahead = ratio is not None and ratio >= 1
        said = "" if ratio is None else f"{ratio:.2f}"
        table.add_row(_text(row.name), *cells, _text(said, "green" if ahead else "red"))
    return table


def _cell(row: Row, name: str, pick: str, fastest: bool) -> Text:
    cell = row.cells[name]
    time = PICKS[pick](cell)
    if time is None:
        return _text(cell.problem or "-", "dim")
    said = " ".join(
        filter(
            None, (_amount(row, time), _threads(time), f"{time.distance:.0e}", _batch(row, time))
        )
    )
    if row.time(name, pick) is None:
        return _text(f"({said})", "dim")
    return _text(f"{said} *", "bold green") if fastest else _text(said)


def _amount(row: Row, time: Time) -> str:
    if row.gflop:
        return digits(1e3 * time.seconds)
    if row.events == 1:
        return f"{digits(1e6 * time.seconds)} µs"
    return f"{row.events / time.seconds:,.0f}/s"


def digits(number: float) -> str:
    """Give three digits that count, without an exponent.

    >>> [digits(x) for x in (1234.5, 123.45, 1.2345, 0.012345)]
    ['1234', '123', '1.23', '0.0123']
    """
    places = next((n for n, least in enumerate((100, 10, 1, 0.1, 0.01)) if number >= least), 5)
    return f"{number:.{places}f}"


def _threads(time: Time) -> str:
    return f"×{time.threads}" if time.threads else ""


def _batch(row: Row, time: Time) -> str:
    return f"by {time.batch:,}" if time.batch < row.events else ""


def _verdict(rows: list[Row], pick: str) -> str:
    """Say how a group ended, and by the shortest turns too where others used the machine."""
    found = summary(rows, pick)
    if found.mean is None or found.worst is None:
        return "no ratio: netspec or every rival has no time here"
    said = (
        f"{OURS} is {digits(found.mean)} times as fast as the best rival in the geometric mean of"
        f" {found.rows}, and {digits(found.worst)} times in the worst case"
    )
    busy = max((row.neighbours or 0.0 for row in rows), default=0.0)
    if busy < NOISY or found.least_mean is None or found.least_worst is None:
        return said
    return (
        f"{said}. Other programs took up to {busy:.1f} processors meanwhile; by everybody's"
        f" shortest turns it is {digits(found.least_mean)}, and {digits(found.least_worst)}"
    )


def _large(report: Report, picks: list[str]) -> Table:
    """Give GFLOP/s of the large shapes, as a share of what the machine can do."""
    limits = ", ".join(
        f"{ceiling.gflops:.0f} GFLOP/s with {ceiling.threads}"
        + (f" ({ceiling.kernel})" if ceiling.kernel else "")
        for ceiling in report.ceilings.values()
    )
    title = f"GFLOP/s, and the share of NumPy's large float32 product on as many threads: {limits}"
    there = _there(report)
    table = _table(title, "shape", *there)
    most = report.ceilings[max(report.ceilings)]
    for pick in picks:
        for row in (row for rows in report.groups.values() for row in rows):
            if row.gflop < LARGE:
                continue
            cells = []
            for name in report.contestants:
                time = row.time(name, pick)
                if time is None:
                    cells.append(_text("-", "dim"))
                    continue
                ceiling = report.ceilings.get(time.threads or most.threads, most)
                reached = row.gflop / time.seconds
                share = f"{reached / ceiling.gflops:.0%}"
                cells.append(_text(f"{reached:.0f} {share} {_threads(time)}"))
            table.add_row(_text(f"{row.name}, {'one' if pick == 'one' else 'best'}"), *cells)
    return table


def _memory(report: Report) -> Table:
    title = f"MB that steps of training add to a process, threads: {report.machine['threads']}"
    there = _there(report)
    table = _table(title, "shape", *there)
    for shape, by_name in report.memory.items():
        said = (by_name.get(name, "-") for name in there)
        table.add_row(
            _text(shape), *(_text(digits(mb) if isinstance(mb, float) else mb) for mb in said)
        )
    return table


def _files(report: Report) -> Table:
    columns = ("weights", "way", "file", "save", "load", "bits")
    table = _table("files: models saved and loaded", *columns)
    for filed in report.files:
        start = [f"{filed.megabytes} MB", filed.way]
        if filed.problem:
            table.add_row(*map(_text, [*start, filed.problem, "", "", ""]))
            continue
        rates = [
            f"{digits(seconds)} s, {filed.rate(seconds):.0f} MB/s"
            for seconds in (filed.save, filed.load)
        ]
        same = "the same" if filed.same else "OTHERS"
        table.add_row(*map(_text, [*start, f"{filed.size / 1e6:.1f} MB", *rates, same]))
    return table


def _table(title: str, first: str, *columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in columns:
        table.add_column(name)
    return table


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style)
