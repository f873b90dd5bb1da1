"""A passage for people: events a second by `predict` from a file, and by the network alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .passage import Passage


def show(passed: Passage) -> None:
    """Print it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    title = (
        f"{passed.events:,} events of 10 x 30 numbers from {passed.kind},"
        f" {passed.size / 1e9:.1f} GB, threads: {passed.threads}"
    )
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "events/s", "share", "seconds", "to start", "memory"):
        table.add_column(name, no_wrap=True)
    table.add_row("the network alone", f"{passed.alone:,.0f}", "100%")
    table.add_row(
        "netspec predict",
        f"{passed.rate:,.0f}",
        f"{passed.rate / passed.alone:.0%}",
        f"{passed.seconds:.1f}",
        f"{passed.start:.1f}",
        f"{passed.memory / 1e6:.0f} MB",
    )
    console = Console(highlight=False)
    console.print()
    console.print(table)
