"""The words that several commands share: options, and how an answer is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import Problem, spelt

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Overrides = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Change the spec: --set layers.0.units=64."),
]

# What train and evaluate, and in part predict, are told of a file of events.
Data = Annotated[
    Path,
    typer.Option(
        "-d", "--data", metavar="DATA", help="npz, csv, parquet, FILE.root:TREE, a folder of npy."
    ),
]
DataFormat = Annotated[
    str | None, typer.Option("--from", metavar="NAME", help="Kind of DATA, if no suffix tells.")
]
Target = Annotated[
    list[str],
    typer.Option(metavar="NAME", help="Array or column of the answers, if not y; repeatable."),
]
Weights = Annotated[
    str | None, typer.Option(metavar="NAME", help="Array or column of the events' weights.")
]
Lengths = Annotated[
    str | None, typer.Option(metavar="NAME", help="Array or column of numbers of valid steps.")
]
Device = Annotated[
    str, typer.Option(metavar="NAME", help="cpu, cuda or, of several GPUs, cuda:1: where it runs.")
]
Precision = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="tf32 or bf16: on a GPU, coarser products, no equal bits."),
]
Compat = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="root: run a TMVA file as ROOT's Reader does, faults too."),
]
Progress = Annotated[
    bool | None, typer.Option(help="Show how far it is; by default on a terminal only.")
]


def say(text: object = "") -> None:
    """Print lines of the answer; what a terminal would obey, in a name of some file, is spelt."""
    typer.echo("\n".join(map(spelt, str(text).split("\n"))))


def complain(text: object) -> None:
    """Print lines about what is wrong, on stderr, as `say` does."""
    typer.echo("\n".join(map(spelt, str(text).split("\n"))), err=True)


def say_json(data: Any) -> None:
    """Print the answer for programs; what JSON cannot say (NaN, infinities) is null."""
    text = json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False)
    if not text.replace("\n", "").isprintable():  # a terminal would obey it
        text = json.dumps(_finite(data), indent=2, allow_nan=False)
    typer.echo(text)


def problem_data(problem: Problem) -> dict[str, Any]:
    """Give one problem of a spec for JSON."""
    return {
        "text": str(problem),
        "path": list(problem.path),
        "message": problem.message,
        "place": problem.place._asdict() if problem.place else None,
    }


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    if isinstance(data, float) and data - data != 0:  # only inf and NaN are not 0 here
        return None
    return data
