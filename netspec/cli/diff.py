"""Compare two models: structure and numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from ._words import Json, say, say_json


def run(
    first: Annotated[str, typer.Argument(metavar="A", help="A model or a spec.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one, in any format.")],
    json: Json = False,
) -> None:
    """Ends with status 1 if they differ. Metadata and golden outputs change no output and are not
    compared.
    """
    from ..diff import diff

    difference = diff(first, second)
    if json:
        say_json({"first": first, "second": second} | difference.to_data())
    else:
        say(difference)
    raise typer.Exit(0 if difference.same else 1)
