"""The report for people: a table a cell, netspec's ratio to PyTorch, its share of the roofline."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..result import OURS
from ..table import WIDTH, digits
from .contestants import FULL, OURS_TF32, TF32

if TYPE_CHECKING:
    from ..result import Row
    from .story import Report

LEGEND = (
    "Milliseconds by the device's clock, the median of turns; arrays are on the device. Ratio: the"
    " rival's time over netspec's. Roofline: the least time in which bytes could move and products"
    " be done at the rates above, over netspec's time. TF32 stands beside, and does not count. In"
    " brackets, and not counted: numbers too"
    " far from float64."
)


def show(report: Report) -> None:
    """Print all of it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, file=sys.stdout, width=WIDTH)
    for line in head(report):
        console.print(line, markup=False, soft_wrap=True)
    what = "step of training" if report.train else "call"
    for name, rows in report.groups.items():
        title = f"{name}: ms a {what}"
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for column in (name, OURS, FULL, "ratio", "roofline", OURS_TF32, TF32, "ratio"):
            table.add_column(column, no_wrap=column == name)
        for row in rows:
            table.add_row(*cells(report, row))
        console.print()
        console.print(table)
        console.print(verdict(report, rows), markup=False, soft_wrap=True)
    console.print()
    console.print(LEGEND, markup=False, soft_wrap=True)


def head(report: Report) -> list[str]:
    """Give the lines about the device."""
    device, ceiling = report.device, report.ceiling
    rates = [f"{1e-3 * rate:.1f} TFLOP/s in {t}" for t, rate in ceiling.gflops.items()]
    products = f"do {', '.join(rates)}" if rates else "were not timed: cuBLAS is not installed"
    return [
        f"{device['name']}, {device['multiprocessors']} multiprocessors,"
        f" CUDA {device['cuda']}, driver for CUDA {device['driver']}",
        f"netspec {device['netspec']}, cupy {device['cupy']},"
        f" torch {device['torch'] or 'is not installed'}",
        f"measured: copies move {1e-9 * ceiling.bytes:.0f} GB/s, products {products}",
    ]


def cells(report: Report, row: Row) -> list[str]:
    """Give a row's cells: its name; two times, a ratio, a share; two times with TF32, a ratio."""
    times = [_time(report, row, name) for name in (OURS, FULL, OURS_TF32, TF32)]
    ratios = (report.ratio(row), report.ratio(row, TF32, OURS_TF32))
    said = ["" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
    share = report.share(row)
    reached = "" if share is None else f"{share:.0%}"
    return [row.name, *times[:2], said[0], reached, *times[2:], said[1]]


def _time(report: Report, row: Row, name: str) -> str:
    best = row.cells[name].best
    if best is None:
        return row.cells[name].problem or "-"
    said = f"{digits(1e3 * best.seconds)} {best.distance:.0e}"
    return said if report.seconds(row, name) is not None else f"({said})"


def verdict(report: Report, rows: list[Row]) -> str:
    """Say how a group ended."""
    found = report.verdict(rows)
    if found["mean"] is None or found["worst"] is None:
        return "no ratio: netspec or PyTorch has no time here"
    said = (
        f"netspec is {digits(found['mean'])} times as fast as PyTorch in float32 in the geometric"
        f" mean, and {digits(found['worst'])} times in the worst case"
    )
    few = found["mean_of_few_units"]
    return said if few is None else f"{said}; {digits(few)} times with at most 128 units"
