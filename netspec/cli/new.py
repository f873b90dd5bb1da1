"""Start a spec: a small network, to be changed by hand."""

from __future__ import annotations

import errno
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..errors import DataError, nearest
from ._words import Json, say, say_json

Kind = Literal["lstm", "gru", "rnn", "bidirectional", "dense"]

COMMENTS = {
    "netspec": "version of this form",
    "name": "any name",
    "dtype": "or float64",
    "seed": "of the first weights; a seed means the same weights for ever",
    "input": "leave steps out for sequences of any length",
    "layers": "in their order; `netspec show` prints shapes and numbers of parameters",
    "output": "applied after the last layer; in the data y is 1 for the first of the classes",
    "training": "loss, optimizer, and when to stop",
}


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="FILE.yaml, FILE.toml, FILE.json.")],
    type: Annotated[Kind, typer.Option(help="What the network is made of.")] = "lstm",
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE if it is there.")] = False,
    json: Json = False,
) -> None:
    """It is written in YAML (with comments), TOML or JSON, as the suffix of FILE says."""
    from ..formats.files import write_atomically
    from ..specfile import SUFFIXES

    form = SUFFIXES.get(file.suffix.lower())
    if form not in ("yaml", "toml", "json"):
        known = [suffix for suffix, name in SUFFIXES.items() if name != "tmva"]
        hint = nearest(file.suffix, known)
        raise DataError(f"{file}: wanted the suffix of a spec, found {file.suffix!r}{hint}")
    if file.exists() and not force:
        raise FileExistsError(errno.EEXIST, "is there already; --force overwrites it", str(file))
    name = file.stem[:200] if file.stem.isprintable() else "network"  # no spec takes a longer one
    write_atomically(file, [text(scaffold(type, name), form).encode()])
    if json:
        say_json({"file": str(file), "type": type, "format": form})
        return
    shown = shlex.quote(f"./{file}" if str(file).startswith("-") else str(file))
    say(f"{file}: written; now: netspec validate {shown}; netspec show {shown}")


def scaffold(kind: Kind, name: str) -> dict[str, Any]:
    """Give the data of a small network of a kind: two classes, told apart by ten steps."""
    layers: list[dict[str, Any]] = [{"type": kind, "units": 32}]
    if kind == "bidirectional":
        layers = [{"type": kind, "layers": [{"type": "lstm", "units": 16}], "merge": "concat"}]
    if kind == "dense":
        layers = [{"type": "dense", "units": 64, "activation": "relu"}] * 2
    return {
        "netspec": 1,
        "name": name,
        "dtype": "float32",
        "seed": 1,
        "input": {"shape": [12]} if kind == "dense" else {"steps": 10, "features": 8},
        "layers": [*layers, {"type": "dense", "units": 1}],
        "output": {"activation": "sigmoid", "classes": ["Signal", "Background"]},
        "training": {
            "loss": "cross_entropy",
            "optimizer": {"type": "adam", "learning_rate": 0.001},
            "batch_size": 100,
            "epochs": 20,
            "validation": 0.2,
        },
    }


def text(data: dict[str, Any], form: str) -> str:
    """Write the data of a spec with a comment for each section, where the format has comments."""
    import json

    from ..specfile import write

    if form != "yaml":
        return write(data, form)
    lines = [
        "# A network for netspec. `netspec validate` checks this file, and an editor does while",
        "# you type, once `netspec schema -o network.schema.json` has put the schema beside it.",
        "# yaml-language-server: $schema=network.schema.json",
        "",
    ]
    for key, value in data.items():
        head, comment = f"{key}:", f"  # {COMMENTS[key]}"
        if key == "input" and "shape" in value:
            comment = "  # numbers of an event"
        if key == "layers":
            lines += [head + comment, *(f"  - {_flow(layer)}" for layer in value)]
        elif isinstance(value, dict):
            lines += [
                head + comment,
                *(f"  {name}: {_flow(entry)}" for name, entry in value.items()),
            ]
        else:
            lines.append(f"{head} {json.dumps(value, ensure_ascii=False)}{comment}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """Write a value on one line, as YAML allows."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) and value.isidentifier() else json.dumps(value)
