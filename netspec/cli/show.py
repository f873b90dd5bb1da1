"""Print layers, shapes and parameters; draw the stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._words import Compat, Json, Overrides, say, say_json

if TYPE_CHECKING:
    from ..formats import Extras, Model
    from ..history import History
    from ..report import Report, Row
    from ..spec import NetworkSpec

LONGEST = 300  # characters of an entry that are shown
MOST_NAMES = 5  # variables that are named where a transformation is of some
FOR_THE_WAY_BACK = ("tmva/Transform ", "tmva/spec")  # of use to a writer alone, and long
OPTIONS = "tmva/Options/"  # what an option said in the file's own words
COMPAT = "tmva/compat"


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file or a spec.")],
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw the stack into this file.")
    ] = None,
    overrides: Overrides = [],  # noqa: B006  typer wants a list, and nobody changes it
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="The format, where no suffix tells it.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Print every epoch of the training, too.")
    ] = False,
    compat: Compat = None,
    json: Json = False,
) -> None:
    """Variables, classes, targets and what else the file says of itself are listed too.

    Of a TMVA file --json has all, the ranges and densities of each class too.
    """
    from ..report import report
    from ._models import opened, spare

    if svg is not None:
        spare(svg, model)
    found = opened(model, overrides, format, compat)
    table = report(found.spec)
    if svg is not None:
        from ..diagram import draw
        from ..formats.files import write_atomically

        write_atomically(svg, [draw(table).encode()])
    if json:
        say_json(
            {"model": model}
            | table.to_data()
            | {"weights": found.weights is not None, "extras": _extras(found.extras)}
            | {"tmva": found.spec.tmva, "svg": None if svg is None else str(svg)}
        )
        return
    say(table)
    for line in _about(found, table):
        say(line)
    if history and found.extras.history:
        say(f"\n{_history(found)}")
    if svg is not None:
        say(f"\ndrawn in {svg}")


def _transformations(table: Report) -> dict[str, str]:
    """Give each transformation in words: those before all other layers are of the variables."""
    from ..transformations.front import KINDS

    given, found, before = table.spec.input, {}, True
    names = [v.name for v in given.variables for _ in range(v.size)]
    for row in table.rows:
        before = before and row.type in KINDS
        if row.type in KINDS:
            known = names if before else [target.name for target in table.spec.output.targets]
            found[row.name] = _transformation(row, known if len(known) == row.given[-1] else [])
    return found


def _transformation(row: Row, names: Sequence[str]) -> str:
    """Say what a transformation is, and of what: `gauss of 2 of 7 variables (pt, eta), 99 bins`."""
    options, width = row.options, row.given[-1]
    chosen = options.get("inputs")
    part = f"{width}" if chosen is None else f"{len(chosen)} of {width}"
    parts = [f"{row.type} of {part} variable{'' if width == 1 else 's'}"]
    if chosen is not None and names and len(chosen) <= MOST_NAMES:
        parts[0] += f" ({', '.join(names[k] for k in chosen)})"
    if bins := options.get("bins"):
        sizes = sorted({min(bins), max(bins)})
        parts.append(f"{' to '.join(map(str, sizes))} bins")
    return ", ".join([*parts, *(word for word in ("flat", "inverse") if options.get(word))])


def _about(model: Model, table: Report) -> Iterator[str]:
    """Yield what else a file holds: lines in groups."""
    spec, extras = model.spec, model.extras
    booked = {
        k.removeprefix(OPTIONS): v for k, v in extras.metadata.items() if k.startswith(OPTIONS)
    }
    hidden = (*FOR_THE_WAY_BACK, OPTIONS, COMPAT)
    groups: dict[str, Mapping[Any, str]] = {
        "transformations": _transformations(table),
        "classes": _numbered(spec),
        "training": _training(spec),
        "TMVA options": {**spec.tmva, **booked},
        "metadata": {k: v for k, v in extras.metadata.items() if not k.startswith(hidden)},
    }
    for title, entries in groups.items():
        if entries:
            yield f"\n{title}"
            width = max(len(str(key)) for key in entries)
            yield from (f"  {key!s:<{width}}  {_short(value)}" for key, value in entries.items())
    if extras.history:
        yield f"\n{_learned(model)}"
    if extras.golden is not None:
        golden = extras.golden
        bound = f"within {golden.tolerance:g}" if golden.tolerance else "exact"
        yield f"\ngolden outputs: {len(golden.inputs)} events, by {golden.engine}, {bound}"
    if COMPAT in extras.metadata:
        yield f"\ncompat {extras.metadata[COMPAT]}: outputs are those of that program, faults too"
    if model.weights is None:
        yield "\nno weights: this is a spec alone"


def _short(value: object) -> str:
    """Cut what no screen holds."""
    text = str(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}... ({len(text):,} characters, which --json gives)"


def _numbered(spec: NetworkSpec) -> dict[int, str]:
    """Give each class with its number in y: 1 for the first of two that share one output."""
    classes = spec.output.classes
    if len(classes) == 2 and spec.output_shape[-1] == 1:
        return {1: classes[0], 0: classes[1]}
    return dict(enumerate(classes))


def _training(spec: NetworkSpec) -> dict[str, str]:
    """Give the settings of the training that are not as they would be anyway, in words."""
    from ..report import words

    said, whole = (spec.to_data(defaults=full).get("training") or {} for full in (False, True))
    for name, value in said.items():
        if isinstance(value, dict) and "type" in whole[name]:
            said[name] = {"type": whole[name]["type"], **value}
    return {name: words({name: value}).removeprefix(name).strip() for name, value in said.items()}


def _history(model: Model) -> History:
    from ..history import History

    return History.of_columns(model.extras.history)


def _learned(model: Model) -> str:
    """Say how long the model was trained, and which epoch's weights it holds."""
    history = _history(model)
    if not len(history):
        return "trained: no epoch is on record"
    if history.best is None:
        return f"trained: {len(history)} epochs, the weights are those before them"
    best = history[history.best]
    what = "loss" if best.monitored == best.loss else "validation loss"
    at = f"phase {best.phase}, epoch {best.epoch}" if best.phase > 1 else f"epoch {best.epoch}"
    kept = f"the weights are those of {at}, {what} {best.monitored:.6g}"
    return f"trained: {len(history)} epochs, {kept}"


def _extras(extras: Extras) -> dict[str, Any]:
    golden = extras.golden
    return {
        "metadata": dict(extras.metadata),
        "history": {name: list(values) for name, values in extras.history.items()},
        "encoding": extras.encoding,
        "golden": None
        if golden is None
        else {
            "events": len(golden.inputs),
            "engine": golden.engine,
            "contract": golden.contract,
            "tolerance": golden.tolerance,
        },
    }
