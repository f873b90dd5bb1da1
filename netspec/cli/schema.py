"""Print the JSON Schema of specs, or the XML Schemas of models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ._words import Json, say, say_json

FILES = {"json": "network.schema.json", "model": "model.xsd", "tmva": "tmva.xsd"}


def run(
    kind: Annotated[
        Literal["json", "model", "tmva"],
        typer.Option(help="json: specs; model: netspec's own XML; tmva: TMVA's XML."),
    ] = "json",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it to a file.")
    ] = None,
    json: Json = False,
) -> None:
    """Editors use the first for help while a spec is written; the others check model files."""
    from ..formats.files import write_atomically
    from ..resources import schema

    path = schema(FILES[kind])
    content = path.read_bytes()
    if out is not None:
        write_atomically(out, [content])
    if json:
        text = content.decode() if out is None else None
        say_json({"kind": kind, "file": path.name, "out": out and str(out), "text": text})
    elif out is None:
        typer.echo(content.decode(), nl=False)
    else:
        say(f"{out}: written")
