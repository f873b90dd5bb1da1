"""Tell how good a model is on events whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._progress import bar
from ._words import (
    Compat,
    Data,
    DataFormat,
    Device,
    Json,
    Lengths,
    Precision,
    Progress,
    Target,
    Weights,
    say,
    say_json,
)


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, in any format.")],
    data: Data,
    training: Annotated[
        Path | None, typer.Option(metavar="DATA", help="The events MODEL was trained on, beside.")
    ] = None,
    target: Target = [],  # noqa: B006  typer wants a list, and nobody changes it
    weights: Weights = None,
    lengths: Lengths = None,
    data_format: DataFormat = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it: png, pdf, svg ...")
    ] = None,
    device: Device = "cpu",
    precision: Precision = None,
    compat: Compat = None,
    progress: Progress = None,
    json: Json = False,
) -> None:
    """DATA holds events and answers: arrays x and y of an npz file, x.npy and y.npy in a folder, or
    the columns of a csv or parquet file or of a tree, events.root:tree, where the answers stand in
    the column y or target, as numbers or as the names of classes. Told are loss, accuracy,
    efficiencies and the like, or the residuals of a regression; of events with weights (an array or
    column `weights`) the weighted ones.
    """
    from .. import dataset, pictures
    from ..evaluation import evaluate
    from ._models import runnable, spare
    from ._targets import ready

    if plot is not None:
        pictures.kind(plot)
        ready(plot)
        spare(plot, model, data, *filter(None, [training]))
    network = runnable(model, compat=compat, device=device, precision=precision)
    events, others = (
        None
        if path is None
        else dataset.open(
            network.spec,
            path,
            format=data_format,
            target=target or None,
            weights=weights,
            lengths=lengths,
            one_class=True,
        )
        for path in (data, training)
    )
    assert events is not None
    total = len(events) + (0 if others is None else len(others))
    with bar(total, progress) as advance:
        found = evaluate(network, events, training=others, progress=advance)
    if plot is not None:
        found.plot(plot)
    if json:
        say_json({"model": model, "data": str(data)} | found.to_data())
        return
    say(found)
    if plot is not None:
        say(f"\n{plot}: drawn")
