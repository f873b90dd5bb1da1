"""Prove that a model is what was saved: digests, golden outputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._words import Device, Json, Precision, say, say_json

if TYPE_CHECKING:
    from ..network import Network


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file.")],
    against: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Compare its outputs with those of this one, too."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DATA", help="The events to compare on: npz, npy, csv.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0, help="How far outputs may be apart: T * max(1, |output|).")
    ] = 0.0,
    device: Device = "cpu",
    precision: Precision = None,
    json: Json = False,
) -> None:
    """Ends with status 1 if a check fails, or if there is nothing in the file to check."""
    from ..verify import Verification, verify

    if (against is None) != (data is None):
        raise typer.BadParameter("--against and --data go together")
    answers = verify(model, device, precision)
    if against is not None and data is not None:
        from .. import verify as checks
        from ._models import runnable

        one, other = (
            runnable(name, device=device, precision=precision) for name in (model, against)
        )
        check = checks.against(one, other, _events(one, data), tolerance)
        answers = Verification((*answers.checks, check._replace(name="against")))
    if json:
        say_json({"model": model} | answers.to_data())
    else:
        say(answers)
        say(f"{model}: {'verified' if answers.ok else 'NOT verified'}")
    raise typer.Exit(0 if answers.ok else 1)


def _events(network: Network, path: Path) -> Iterator[tuple[Any, Any]]:
    from ._events import Events

    with Events(network.spec, path) as events:
        yield from events.chunks()
