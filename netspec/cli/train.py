"""Train a spec on data and write the model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import INTERRUPTED
from ._words import (
    Data,
    DataFormat,
    Device,
    Json,
    Lengths,
    Overrides,
    Precision,
    Progress,
    Target,
    Weights,
    complain,
    say,
    say_json,
)

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Dataset
    from ..history import History
    from ..network import Network


def run(
    source: Annotated[
        str, typer.Argument(metavar="SPEC", help="A spec; or a model, to be trained further.")
    ],
    data: Data,
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="MODEL", help="The model file to write.")
    ],
    validation: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Events to validate with, in the place of a part."),
    ] = None,
    target: Target = [],  # noqa: B006  typer wants a list, and nobody changes it
    weights: Weights = None,
    lengths: Lengths = None,
    data_format: DataFormat = None,
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="Format of MODEL: tmva for ROOT.")
    ] = None,
    overrides: Overrides = [],  # noqa: B006
    seed: Annotated[
        int | None, typer.Option(help="In the place of the spec's: weights, orders, dropout.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Share the work; no bit changes.")
    ] = None,
    device: Device = "cpu",
    precision: Precision = None,
    golden: Annotated[
        int, typer.Option(min=0, metavar="N", help="Events kept in MODEL with their outputs.")
    ] = 4,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Written every epoch; default: MODEL.checkpoint."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint, if there is one.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew and give up a checkpoint that is there.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the losses by epoch (png, pdf, svg).")
    ] = None,
    progress: Progress = None,
    json: Json = False,
) -> None:
    """The settings are the spec's `training`, those of a model too; --set changes them: --set
    training.epochs=5. MODEL holds the best weights, the history and the spec. In a csv or parquet
    file, or a tree, events.root:tree, the variables are found by name or computed; without names
    columns that are neither answers, weights nor lengths are the events, step after step. After
    Ctrl-C the same line with --resume goes on, to the bits of a training that nobody interrupted;
    so it does after a crash.
    """
    from .. import pictures
    from ..backends import on
    from ..training import train
    from ._targets import holds

    kept = checkpoint or out.with_name(f"{out.name}.checkpoint")
    if plot is not None:
        pictures.kind(plot)
    _check(out, kept, plot, resume, restart)
    _spare(source, out, kept, plot, data, validation)
    network = _network(source, out, overrides, seed, on(device, threads, precision))
    holds(out, network, format)
    options: Any = {
        "format": data_format, "target": tuple(target) or None, "weights": weights,
        "lengths": lengths,
    }  # fmt: skip
    events, others = _opened(network, data, validation, options)
    first = events.take(_first(golden, len(events)))
    if restart:
        _give_up(kept, named=checkpoint is not None)
    shown = sys.stderr.isatty() if progress is None else progress
    interrupted, untrained = False, network.extras
    try:
        history = train(
            network, events, validation=others, seed=seed, checkpoint=kept, resume=resume,
            progress=shown,
        )  # fmt: skip
    except KeyboardInterrupt:
        interrupted = True
        from ..history import History

        history = History.of_columns(network.extras.history)
        history.ended = "interrupted"
    written = network.extras is not untrained  # not before an epoch has ended
    if written:
        network.save(
            out, first.x if golden else None, format, lengths=first.lengths if golden else None
        )
    if plot is not None and written and len(history):
        history.plot(plot)
    if not interrupted:
        kept.unlink(missing_ok=True)
    _tell(history, out if written else None, format, kept, interrupted, network, json)
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _check(out: Path, kept: Path, plot: Path | None, resume: bool, restart: bool) -> None:
    """Refuse what would be in vain, or would lose a training, before the data are read."""
    from ..errors import DataError
    from ._targets import ready

    if resume and restart:
        raise typer.BadParameter("--resume and --restart want the opposite of each other")
    if not out.absolute().parent.is_dir():
        raise DataError(f"{out}: wanted a folder that is there, found {out.parent}: make it first")
    ready(*filter(None, (out, kept, plot)))
    if kept.exists() and not kept.is_file():
        raise DataError(f"{kept}: wanted a file for the checkpoint, found something else")
    if kept.exists() and not (resume or restart):
        raise DataError(
            f"{kept}: the checkpoint of a training that did not end is there: --resume goes on"
            " from it, --restart begins anew"
        )


def _spare(
    source: str, out: Path, kept: Path, plot: Path | None, data: Path, validation: Path | None
) -> None:
    """Refuse to write what is read; of the source itself `_network` knows more."""
    from ._models import spare

    read = [file for file in (data, validation) if file is not None]
    spare(out, *read)
    for file in filter(None, (kept, plot)):
        spare(file, source, *read)


def _give_up(kept: Path, named: bool) -> None:
    """Delete the checkpoint of another training; a file that the user `named` must be one."""
    from ..errors import DataError
    from ..training.checkpoint import is_one

    if named and kept.exists() and not is_one(kept):
        raise DataError(
            f"{kept}: wanted a checkpoint to give up, found another file: choose another name"
        )
    kept.unlink(missing_ok=True)


def _network(
    source: str, out: Path, overrides: list[str], seed: int | None, backend: Backend
) -> Network:
    """Build or load the network; a model that is trained further may be replaced, a spec not."""
    from .. import weights
    from ..network import Network
    from ._models import spare, trainable

    model = trainable(source, overrides)
    if model.weights is None:
        spare(out, source)
        with backend.computing():
            return Network(model.spec, weights.draw(model.spec, seed), backend)
    return Network(model.spec, model.weights, backend, model.extras)


def _opened(
    network: Network, data: Path, validation: Path | None, options: dict[str, Any]
) -> tuple[Dataset, Dataset | None]:
    from .. import dataset

    events = dataset.open(network.spec, data, **options)
    others = None if validation is None else dataset.open(network.spec, validation, **options)
    return events, others


def _first(count: int, of: int) -> Any:
    import numpy

    return numpy.arange(min(max(count, 1), of))


def _tell(
    history: History,
    out: Path | None,
    format: str | None,
    kept: Path,
    interrupted: bool,
    network: Network,
    json: bool,
) -> None:
    """Say what happened; `out` is the model, or None where none was written."""
    there = interrupted and kept.exists()
    if json:
        say_json(
            {
                "model": None if out is None else str(out),
                "checkpoint": str(kept) if there else None,
                "backend": network.backend.name,
                "device": network.device,
                "precision": network.precision,
                "exact": network.exact,
                **history.to_data(),
            }
        )
        return
    if out is None and not there:
        complain("netspec: interrupted before anything was learned: nothing is written")
        return
    if out is not None:
        say(history)
    if there:
        complain(f"{kept}: written; the same line with --resume goes on")
    if out is not None:
        from ._models import written

        say(written(out, format))
