"""Run a model on a file of events and write the outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._progress import bar
from ._words import Compat, DataFormat, Json, Lengths, Progress, complain, say, say_json

if TYPE_CHECKING:
    from ..network import Network
    from ..spec import NetworkSpec
    from ._events import Events


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, in any format.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="The events: npz, npy or csv.")],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE", help="An npz, npy or csv file; - prints.")
    ],
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="Kind of FILE, where no suffix tells it.")
    ] = None,
    data_format: DataFormat = None,
    array: Annotated[
        str | None, typer.Option(metavar="NAME", help="Array of an npz file, if it is not x.")
    ] = None,
    lengths: Lengths = None,
    leave: Annotated[
        list[str], typer.Option(metavar="NAME", help="Column that is no input; repeatable.")
    ] = [],  # noqa: B006  typer wants a list, and nobody changes it
    chunk: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Events to run at once.")
    ] = None,
    compat: Compat = None,
    progress: Progress = None,
    json: Json = False,
) -> None:
    """DATA is read in chunks: an npz file with an array x and, for sequences of different lengths,
    lengths; an npy file; or a csv file, whose columns are found by name where both sides have
    names and an event is one row of variables, and else taken in their order, without those to
    --leave: answers, weights. Where an event holds NaN, so does its output. The output file is
    written whole or not at all.
    """
    from .. import data as kinds
    from ..formats.files import write_atomically
    from ._events import Events
    from ._models import runnable, spare

    standard = str(out) == "-"
    if standard and json:
        raise typer.BadParameter("--json and -o - both want the standard output")
    kind = kinds.kind(out, format or ("csv" if standard else None))
    spare(out, model, data)
    network = runnable(model, compat=compat)
    missing: list[int] = []
    with Events(
        network.spec,
        data,
        format=data_format,
        array=array,
        lengths=lengths,
        leave=leave,
        chunk=chunk,
    ) as events:
        blocks = _outputs(network, events, progress, missing)
        first = next(blocks)  # only now the number of steps of the output is known
        shape = (events.shape[0], *first.shape[1:])
        columns = _columns(network.spec, shape[1:])
        target = sys.stdout.buffer if standard else out
        write_atomically(
            target, kinds.write(kind, chain([first], blocks), shape, network.spec.dtype, columns)
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
                "events_with_nan": sum(missing),
                "chunk": events.chunk,
                "backend": network.backend.name,
                "exact": network.exact,
            }
        )
        return
    speak = complain if standard else say
    names = ", ".join([*columns[:4], *["..."] * (len(columns) > 4)])
    speak(f"{out}: {' x '.join(map(str, shape))} {network.spec.dtype}: {names}")
    if any(missing):
        speak(f"NaN in the outputs of {sum(missing)} of {shape[0]} events")


def _outputs(
    network: Network, events: Events, progress: bool | None, missing: list[int]
) -> Iterator[Any]:
    """Yield the outputs of each chunk; note in `missing` how many of its events have a NaN."""
    import numpy

    with bar(events.shape[0], progress) as advance:
        for x, steps in events.chunks():
            y = network(x, lengths=steps)
            missing.append(int(numpy.isnan(y.reshape(len(y), -1)).any(1).sum()))
            advance(len(y))
            yield y
        if not events.shape[0]:
            yield network(numpy.zeros(events.shape, network.spec.dtype))


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
