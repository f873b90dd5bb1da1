"""Run a model on a file of events and write the outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._words import Json, say, say_json

if TYPE_CHECKING:
    from ..spec import NetworkSpec


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, in any format.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The events: npz, npy or csv.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="Where to write: npz, npy or csv.")
    ],
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="Kind of FILE, where no suffix tells it.")
    ] = None,
    data_format: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="Kind of DATA, the same way.")
    ] = None,
    array: Annotated[
        str | None, typer.Option(metavar="NAME", help="Array of an npz file, if it is not x.")
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Array or column of the numbers of valid steps."),
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Events to run at once.")
    ] = None,
    progress: Annotated[
        bool | None, typer.Option(help="Show a progress bar; by default on a terminal only.")
    ] = None,
    json: Json = False,
) -> None:
    """DATA is read in chunks: an npz file with an array x and, for sequences of different lengths,
    lengths; an npy file; or a csv file, whose columns are found by name where both sides have
    names, and else taken in their order. Where an event holds NaN, so does its output.
    The output file is written whole or not at all.
    """
    import numpy

    from .. import data as kinds
    from ..formats.files import write_atomically
    from ._events import Events
    from ._models import runnable

    kind = kinds.kind(out, format)
    network = runnable(model)
    with Events(
        network.spec, data, format=data_format, array=array, lengths=lengths, chunk=chunk
    ) as events:
        total, missing = events.shape[0], 0

        def blocks() -> Iterator[Any]:
            nonlocal missing
            with _bar(total, progress) as advance:
                for x, steps in events.chunks():
                    y = network(x, lengths=steps)
                    missing += int(numpy.isnan(y.reshape(len(y), -1)).any(1).sum())
                    advance(len(y))
                    yield y
                if not total:
                    yield network(numpy.zeros(events.shape, network.spec.dtype))

        ys = blocks()
        first = next(ys)  # only now the number of steps of the output is known
        shape = (total, *first.shape[1:])
        columns = _columns(network.spec, shape[1:])
        write_atomically(
            out, kinds.write(kind, chain([first], ys), shape, network.spec.dtype, columns)
        )
    if json:
        say_json(
            {
                "model": model,
                "data": str(data),
                "out": str(out),
                "format": kind.NAME,
                "shape": list(shape),
                "dtype": network.spec.dtype,
                "columns": columns,
                "events_with_nan": missing,
                "chunk": events.chunk,
            }
        )
        return
    names = ", ".join([*columns[:4], *["..."] * (len(columns) > 4)])
    say(f"{out}: {' x '.join(map(str, shape))} {network.spec.dtype}: {names}")
    if missing:
        say(f"NaN in the outputs of {missing} of {total} events")


def _columns(spec: NetworkSpec, shape: tuple[int, ...]) -> list[str]:
    """Name the outputs by classes or targets, one by one, and by step where there are steps."""
    *steps, width = shape
    names = [
        f"{target.name}[{element}]" if target.size > 1 else target.name
        for target in spec.output.targets
        for element in range(target.size)
    ] or list(spec.output.classes[:width])
    if len(names) != width:
        names = [f"output_{number}" for number in range(1, width + 1)]
    count = 1
    for size in steps:
        count *= size
    return [f"{name}[{step}]" for step in range(count) for name in names] if steps else names


@contextmanager
def _bar(total: int, wanted: bool | None) -> Iterator[Any]:
    """Show a bar on stderr; give a function that moves it on by so many events."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    bar = Progress(
        "events", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    with bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
