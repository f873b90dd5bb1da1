"""Time netspec beside ONNX Runtime, PyTorch and OpenVINO."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ._words import Device, Json, say_json


def run(
    only: Annotated[
        list[str],
        typer.Option(metavar="GROUP", help="lstm, gru, rnn, others, network or files; repeatable."),
    ] = [],  # noqa: B006  typer wants a list, and nobody changes it
    shape: Annotated[
        list[str],
        typer.Option(
            metavar="SHAPE", help="Steps, batch, features, units: '10,100,30,10 gru both last'."
        ),
    ] = [],  # noqa: B006
    against: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="A rival, all that are installed by default."),
    ] = [],  # noqa: B006
    quick: Annotated[
        bool, typer.Option("--quick", help="Small networks alone, and a first impression.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The most that anybody may use.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.0, metavar="S", help="Of all turns on one network.")
    ] = None,
    train: Annotated[
        bool,
        typer.Option("--train", help="Steps of training: forward, back, Adam; lstm, gru and rnn."),
    ] = False,
    events: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Time predict on a file of so many events, alone."),
    ] = None,
    device: Device = "cpu",
    kind: Annotated[
        str, typer.Option("--from", metavar="KIND", help="The file of --events: root or parquet.")
    ] = "root",
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw bars into this file.")
    ] = None,
    progress: Annotated[
        bool | None, typer.Option(help="Say what is timed; by default on a terminal only.")
    ] = None,
    json: Json = False,
) -> None:
    """All run the same networks in one run, in turns: recurrent layers of many shapes, whole
    networks for one event and for many, models saved and loaded. Each is warm, has its input in its
    own layout, and is told its best number of threads; how far its outputs are from float64 stands
    beside its time. Without options this takes a few minutes. A SHAPE may say a cell (lstm, gru,
    rnn), both, last, float64, before; only shapes that are given are timed then. With --train it
    is one step of training that is timed, and the memory that steps add is told too. With --events
    it is netspec predict that is timed, beside the network alone: on a file of events of 10 x 30
    numbers, 1.2 GB a million, which is written first, into the folder for such files (TMPDIR).
    With --device cuda recurrent layers run on a GPU, beside PyTorch, in full float32 and with TF32.
    """
    from ..bench import Wanted, bench

    if device != "cpu":
        told = {
            "--events": events is not None,
            "--threads": threads is not None,
            "--against": bool(against),
            "--plot": plot is not None,
        }
        if odd := [option for option, said in told.items() if said]:
            raise typer.BadParameter(f"{odd[0]} is for a processor: leave out --device, or that")
    if events is not None:
        from ..bench.passage import passage

        with _line(progress) as tell:
            passed = passage(events, kind, threads, tell)
        if json:
            say_json(passed.to_data())
        else:
            from ..bench.passage_table import show as show_passage

            show_passage(passed)
        return
    wanted = Wanted(tuple(only), tuple(shape), tuple(against), quick, threads, seconds, plot, train)
    if device != "cpu":
        _on_a_gpu(wanted, device, progress, json)
        return
    with _line(progress) as tell:
        report = bench(wanted, tell)
    if json:
        say_json(report.to_data() | {"plot": None if plot is None else str(plot)})
    else:
        from ..bench.table import show

        show(report)


def _on_a_gpu(wanted: Any, device: str, progress: bool | None, json: bool) -> None:
    from ..bench.gpu import bench

    with _line(progress) as tell:
        report = bench(wanted, device, tell)
    if json:
        say_json(report.to_data())
    else:
        from ..bench.gpu.table import show

        show(report)


@contextmanager
def _line(wanted: bool | None) -> Iterator[Any]:
    """Give what says, in one line on stderr, what is being done.

    It is written between two networks only: a line that moves would take time from them.
    """
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield lambda words: None
        return
    start, end = ("\r\x1b[K", "") if sys.stderr.isatty() else ("", "\n")

    def tell(words: str) -> None:
        sys.stderr.write(f"{start}{words}{end}")
        sys.stderr.flush()

    yield tell
    tell("")
