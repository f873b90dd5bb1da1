"""Check every gradient; show all gates of a step."""

from __future__ import annotations

from typing import Annotated

import typer

from ._words import Json, Overrides, say, say_json


def run(
    model: Annotated[str, typer.Argument(metavar="SPEC", help="A spec, or a model file.")],
    steps: Annotated[
        int | None, typer.Option(min=1, help="Length of sequences, where the spec takes any.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Events to check on.")] = 3,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Draws weights, inputs, targets: the spec's seed.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="How far a slope may be off, relative to its size.")
    ] = 1e-6,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="The only layer to look at.")
    ] = None,
    trace: Annotated[
        int | None,
        typer.Option(
            metavar="STEP",
            help="Show every gate, state and slope of recurrent layers at this step, from 0.",
        ),
    ] = None,
    overrides: Overrides = [],  # noqa: B006  typer wants a list, and nobody changes it
    json: Json = False,
) -> None:
    """The gradients of back-propagation through time, in float64, in drawn inputs and targets,
    layer by layer and array by array. The loss is the one under `training:` or, without one, a
    weighted sum of the outputs. Weights of a spec are drawn, those of a model are its own. Of
    large arrays 100 entries are taken. --trace shows the first event. Ends with status 1 if a
    gradient is wrong.
    """
    from ..gradcheck import gradcheck
    from ..gradcheck.trial import Trial
    from ..network import Network
    from ..trace import trace as traced
    from ._models import opened

    found = opened(model, overrides)
    one = found.spec if found.weights is None else Network(found.spec, found.weights)
    traces = []
    if trace is not None:
        trial = Trial(one, steps=steps, batch=batch, seed=seed)
        traces = traced(
            trial.network,
            trial.arrays["x"],
            trace,
            layer=layer,
            lengths=trial.lengths,
            dy=trial.dy(),
        )
    report = gradcheck(one, steps=steps, batch=batch, seed=seed, tolerance=tolerance, layer=layer)
    if json:
        shown = {} if trace is None else {"trace": [one.to_data() for one in traces]}
        say_json({"model": model} | report.to_data() | shown)
    else:
        for part in (*traces, report):
            say(f"{part}\n" if part is not report else part)
    raise typer.Exit(0 if report.ok else 1)
