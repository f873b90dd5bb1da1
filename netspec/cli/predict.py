"""Run a model on a file of events and write the outputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._progress import bar
from ._words import (
    Compat,
    DataFormat,
    Device,
    Json,
    Lengths,
    Precision,
    Progress,
    complain,
    say,
    say_json,
)

if TYPE_CHECKING:
    from ..data.kept import Kept
    from ..network import Network
    from ..spec import NetworkSpec
    from ._events import Events


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, in any format.")],
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="npz, npy, csv, parquet or FILE.root:TREE."),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE",
            help="npz, npy, csv, parquet, FILE.root:TREE; -: csv on stdout.",
        ),
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
    branches: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="features, or steps: what arrays of a fixed length are."),
    ] = None,
    cut: Annotated[
        bool, typer.Option("--cut", help="Take the first steps of sequences that have too many.")
    ] = False,
    keep: Annotated[
        list[str], typer.Option(metavar="NAME", help="Column to copy to FILE; repeatable.")
    ] = [],  # noqa: B006
    nan_value: Annotated[
        float | None,
        typer.Option(metavar="X", help="X where an output or an input is NaN; TMVA's: -999."),
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Events to run at once.")
    ] = None,
    device: Device = "cpu",
    precision: Precision = None,
    compat: Compat = None,
    progress: Progress = None,
    json: Json = False,
) -> None:
    """DATA is read in chunks: an npz file with an array x and, for sequences of different lengths,
    lengths; an npy, csv or parquet file; or a tree, events.root:tree.

    Variables are found by name, wherever their columns stand; one that is no column is computed,
    where it is an expression of some: sqrt(px*px + py*py). Where the model or the file has no
    names, and in a csv file of sequences, columns are taken in their order, without those to
    --leave: answers, weights. Of a sequence each feature, or each step, may be a branch of arrays.

    FILE is written whole or not at all, an entry for each event in their order: into a ROOT file as
    a tree that is a friend of the one that was read. Columns are called as classes or targets are.
    Where an event holds NaN, so does its output, unless --nan-value says otherwise.
    """
    from .. import data as kinds
    from ..data.places import place
    from ..formats.files import write_atomically
    from ._events import ROWS, ROWS_OF_A_GPU, Events
    from ._models import runnable, spare

    standard = str(out) == "-"
    if standard and json:
        raise typer.BadParameter("--json and -o - both want the standard output")
    kind = kinds.kind(out, format or ("csv" if standard else None))
    _fit(kind, standard, keep, out)
    spare(place(out).file, model, data)
    network = runnable(model, compat=compat, device=device, precision=precision)
    tally = Tally()
    with Events(
        network.spec,
        data,
        format=data_format,
        array=array,
        lengths=lengths,
        leave=leave,
        chunk=chunk,
        branches=branches,
        cut=cut,
        rows=ROWS if network.device == "cpu" else ROWS_OF_A_GPU,
    ) as events:
        network, threads = _side_by_side(network, events)
        blocks = _outputs(network, events, threads, progress, nan_value, tally)
        first = next(blocks)  # only now the number of steps of the output is known
        shape = (events.shape[0], *first.shape[1:])
        columns = _columns(network.spec, shape[1:])
        blocks = chain([first], blocks)
        if hasattr(kind, "fill"):
            columns = _fill(kind, out, blocks, columns, events, keep)
        else:
            target = sys.stdout.buffer if standard else out
            dtype = network.spec.dtype
            write_atomically(target, kinds.write(kind, blocks, shape, dtype, columns))
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
                "events_with_nan": tally.missing,
                "chunk": events.chunk,
                "backend": network.backend.name,
                "device": network.device,
                "precision": network.precision,
                "exact": network.exact,
            }
        )
        return
    speak = complain if standard else say
    names = ", ".join([*columns[:4], *["..."] * (len(columns) > 4)])
    speak(f"{out}: {' x '.join(map(str, shape))} {network.spec.dtype}: {names}")
    if tally.missing:
        found = "NaN" if nan_value is None else f"NaN, written as {nan_value:g},"
        speak(f"{found} in the outputs of {tally.missing} of {shape[0]} events")


class Tally:
    """What is found out about the events while they pass: how many have a NaN."""

    missing = 0


def _fit(kind: Any, standard: bool, keep: list[str], out: Path) -> None:
    """Refuse at once what the kind of the output cannot do."""
    from ..errors import DataError

    branches = hasattr(kind, "fill")
    if keep and not branches:
        raise DataError(
            f"{out}: wanted a ROOT or parquet file, to keep columns in, found {kind.NAME}"
        )
    if standard and branches:
        raise DataError(
            f"{out}: wanted the name of a file, which {kind.NAME} needs, found a stream"
        )


def _side_by_side(network: Network, events: Events) -> tuple[Network, int]:
    """Give the network to call, and how many threads call it, each on chunks of its own.

    Where there are chunks enough, a chunk is one thread's from reading on, and none waits for
    another in the middle of a call; of few, all threads share out the events of each.
    """
    from ..network import Network

    threads = network.backend.threads or 1
    if threads == 1 or events.shape[0] < threads * events.chunk:
        return network, 1
    return Network(network.spec, network.weights, network.backend.name, threads=1), threads


def _outputs(
    network: Network,
    events: Events,
    threads: int,
    progress: bool | None,
    nan_value: float | None,
    tally: Tally,
) -> Iterator[Any]:
    """Yield the outputs of each chunk; count the events that have a NaN."""
    import numpy

    def work(x: Any, steps: Any) -> tuple[Any, int]:
        y = network(x, lengths=steps)
        missing = _missing(y)
        if nan_value is not None:
            missing |= _missing(x if steps is None else _valid(x, steps))
            y[missing] = nan_value
        return y, int(missing.sum())

    with bar(events.shape[0], progress) as advance:
        for y, missing in events.through(work, threads):
            tally.missing += missing
            advance(len(y))
            yield y
        if not events.shape[0]:
            yield network(numpy.zeros(events.shape, network.spec.dtype))


def _missing(numbers: Any) -> Any:
    """Tell which rows have a NaN."""
    import numpy

    return numpy.isnan(numbers.reshape(len(numbers), -1)).any(1)


def _valid(x: Any, steps: Any) -> Any:
    """Give x (rows, steps, features) with 0 behind the valid steps of each row."""
    import numpy

    return numpy.where((numpy.arange(x.shape[1]) < steps[:, None])[:, :, None], x, 0)


def _fill(
    kind: Any, out: Path, blocks: Iterator[Any], columns: list[str], events: Events, keep: list[str]
) -> list[str]:
    """Write outputs as columns, those to keep behind them; give the names that they get."""
    from ..data.filling import tables
    from ..data.places import place
    from ..formats.files import fill_atomically

    target = place(out)
    names: list[str] = kind.written_as([*columns, *dict.fromkeys(keep)])
    outputs, others = names[: len(columns)], names[len(columns) :]

    def rows(kept: Kept | None) -> Iterator[dict[str, Any]]:
        for table in tables(blocks, outputs):
            if kept is not None:
                beside = kept.take(len(table[outputs[0]]))
                table |= dict(zip(others, beside.values(), strict=True))
            yield table

    if not keep:
        fill_atomically(target.file, lambda stream: kind.fill(stream, rows(None), target.inside))
        return names
    with events.keep(keep) as kept:
        fill_atomically(target.file, lambda stream: kind.fill(stream, rows(kept), target.inside))
    return names


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
