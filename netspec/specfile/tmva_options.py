"""The option string of TMVA's method DL: `!H:V:InputLayout=10|30:Layout=LSTM|10|30|10|0|1,...`

Options stand between colons, `Name=value`; a bare `Name` is true and `!Name` false; names ignore
case. What the string says is what a spec says:

    InputLayout        input               BatchSize ... of TrainingStrategy   training
    Layout             layers              ErrorStrategy                       training.loss
    RandomSeed         seed                ValidationSize                      training.validation
    WeightInitialization  initializers      VarTransform                       training.transform

with `rules: tmva`, since TMVA has its own way to split, batch, penalise and stop. Options that a
spec has no word for are kept under `tmva`, so that writing gives them again.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from math import isfinite, prod
from typing import Any

from ..errors import NetspecWarning, SpecError, nearest
from . import tmva_layout, tmva_starts, tmva_strategy, tmva_transform
from .document import Document
from .tmva_names import (
    ANALYSES,
    KNOWN,
    LAYOUT_WHEN_ABSENT,
    LOSSES,
    MEANT_BY,
    NAMES,
    SAID_BY_SPEC,
    word_of,
)
from .tmva_text import options, write
from .tmva_words import Piece, Reading

__all__ = ["options", "parse", "read", "settings", "write"]


def read(
    text: str, *, variables: int | None = None, outputs: int = 1, analysis: str | None = None
) -> dict[str, Any]:
    """Give what a YAML spec of the same network would hold.

    `variables` and `outputs` count what goes in and comes out where the string does not say it;
    `analysis` is classification, multiclass or regression, else taken from ErrorStrategy.
    Raises SpecError with every problem found.
    """
    document = parse(text, "TMVA options", variables, outputs, analysis)
    document.refuse()
    data: dict[str, Any] = document.data
    return data


def parse(
    text: str,
    name: str,
    variables: int | None = None,
    outputs: int = 1,
    analysis: str | None = None,
) -> Document:
    """Read an option string with the place of everything; problems are noted, not raised."""
    reading = Reading(text, name)
    options = _options(text, reading)
    data: dict[str, Any] = {"netspec": 1}
    layout = options.get("Layout", Piece(LAYOUT_WHEN_ABSENT, 0))
    said = _sizes(options.get("InputLayout"), reading)
    sizes = tmva_layout.input_sizes(layout, said, variables)
    if len(sizes) == 2:
        data["input"] = {"steps": sizes[0], "features": sizes[1]}
    elif sizes:
        data["input"] = {"shape": list(sizes)}
    elif ("input",) not in reading.places:  # else InputLayout was there, and was refused
        message = "wanted InputLayout=10|30 (steps|features) or InputLayout=7, found none"
        reading.complain(("input",), Piece("", 0), message)
    if variables is not None and prod(sizes) != variables and "InputLayout" in options:
        message = f"wanted {variables} numbers, as many as variables, found {prod(sizes)}"
        reading.complain(("input",), options["InputLayout"], message)
    transform = _transform(options, reading)
    rest = _settings(options, reading, analysis, lenient=False)
    rest["training"] |= {"transform": transform} if transform else {}
    data |= {"seed": rest.pop("seed")} if "seed" in rest else {}
    data["layers"] = tmva_layout.read(layout, reading, sizes, outputs)
    if not data["layers"]:
        reading.complain(("layers",), layout, "wanted at least one layer, found none")
    starts = rest.pop("initializers", None) or tmva_starts.read(tmva_starts.WHEN_ABSENT)
    if starts := tmva_starts.fitting(starts, data["layers"]):
        data["initializers"] = starts
    kind = (analysis or MEANT_BY[word_of(rest["training"]["loss"])]).lower()
    data["output"] = {"activation": ANALYSES[kind]}
    return Document(data | rest, reading.places, name, tuple(reading.problems))


def settings(options: Mapping[str, str], analysis: str | None = None) -> dict[str, Any]:
    """Give `seed`, `training` and `tmva` for options that are already apart, as in a model file.

    Layouts and transformations are passed over: the layers of a model file say more. Names that
    nobody knows are kept.
    `initializers`, where the options say them, are those of all layers that there might be.
    Raises SpecError for a value that cannot be read.
    """
    reading = Reading("", "TMVA options")
    pieces = {KNOWN.get(name.lower(), name): Piece(text, 0) for name, text in options.items()}
    data = _settings(pieces, reading, analysis, lenient=True)
    if reading.problems:
        raise SpecError(*(problem._replace(place=None) for problem in reading.problems))
    return data


def _options(text: str, reading: Reading) -> dict[str, Piece]:
    given: dict[str, Piece] = {}
    for part in Piece(text, 0).split(":"):
        word, value = part.partition("=")
        if "=" not in part.text:
            value = Piece("False" if word.text.startswith("!") else "True", word.start)
        bare = word.text.removeprefix("!").strip() if "=" not in part.text else word.text
        name = KNOWN.get(bare.lower())
        if name is None:
            message = f"method DL has no option {bare!r}{nearest(bare, NAMES)}"
            reading.complain(("tmva", bare), word, message)
        elif name in given:
            reading.complain(("tmva", name), word, f"the option {name} comes twice")
        else:
            given[name] = value
    return given


def _transform(options: dict[str, Piece], reading: Reading) -> str:
    """Take VarTransform out of the options, where it says more than None, and give its text."""
    path, faults = ("training", "transform"), len(reading.problems)
    piece = options.get("VarTransform", Piece("", 0))

    def complain(part: Piece, message: str) -> None:
        reading.complain(path, part, message)

    said = tmva_transform.parse(piece, complain)
    if said or len(reading.problems) > faults:
        reading.note(path, options.pop("VarTransform"))
    return tmva_transform.write(said)


def _sizes(piece: Piece | None, reading: Reading) -> tuple[int, ...]:
    """Give the depth, height and width of InputLayout, () where it leaves them to the variables."""
    numbers = [part.whole() for part in piece.split("|")] if piece else []
    sizes = [number for number in numbers if number is not None]
    if piece is None or (sizes and not any(sizes) and len(sizes) == len(numbers)):
        return ()
    reading.note(("input",), piece)
    if not 1 <= len(sizes) <= 3 or len(sizes) != len(numbers) or min(sizes) < 1:
        message = f"InputLayout: wanted one to three numbers above 0, found {piece.text!r}"
        reading.complain(("input",), piece, message)
        return ()
    ones: list[int] = {1: [1, 1, *sizes], 2: [sizes[0], 1, *sizes[1:]], 3: sizes}[len(sizes)]
    return tuple(ones)


def _settings(
    options: Mapping[str, Piece], reading: Reading, analysis: str | None, lenient: bool
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if "RandomSeed" in options:
        reading.note(("seed",), options["RandomSeed"])
        data["seed"] = options["RandomSeed"].whole()
        if data["seed"] is None:
            message = f"RandomSeed: wanted a whole number, found {options['RandomSeed'].text!r}"
            reading.complain(("seed",), options["RandomSeed"], message)
    strategy = options.get("TrainingStrategy", Piece(tmva_strategy.WHEN_ABSENT, 0))
    training: dict[str, Any] = {
        "loss": _loss(options.get("ErrorStrategy"), reading, analysis, lenient)
    }
    training["rules"] = "tmva"
    if "WeightInitialization" in options:
        data["initializers"] = tmva_starts.read(options["WeightInitialization"].text)
    training |= tmva_strategy.read(strategy, reading, lenient)
    size = options.get("ValidationSize", Piece("20%", 0))
    data["training"] = training | {"validation": _validation(size, reading)}
    kept = {name: piece.text for name, piece in options.items() if name not in SAID_BY_SPEC}
    return data | ({"tmva": kept} if kept else {})


def _loss(piece: Piece | None, reading: Reading, analysis: str | None, lenient: bool) -> Any:
    kind = (analysis or "").lower()
    word = (piece.text if piece else "CROSSENTROPY").upper()
    if piece is not None:
        reading.note(("training", "loss"), piece)
    if piece is not None and word not in LOSSES:
        message = f"ErrorStrategy has no value {piece.text!r}{nearest(word, LOSSES)}"
        reading.complain(("training", "loss"), piece, message)
    elif (
        piece is not None and word == "MUTUALEXCLUSIVE" and kind == "classification" and not lenient
    ):
        message = "wanted CROSSENTROPY or SUMOFSQUARES of a classification, found MUTUALEXCLUSIVE:"
        message += " TMVA leaves its loss unset"
        reading.complain(("training", "loss"), piece, message)
    if kind != "regression":
        return LOSSES.get(word, "cross_entropy")
    if piece is not None and word in LOSSES and word != "SUMOFSQUARES" and not lenient:
        message = "ErrorStrategy: TMVA takes SUMOFSQUARES for a regression, whatever is said"
        warnings.warn(f"{reading.place(piece)}: {message}", NetspecWarning, stacklevel=4)
    return LOSSES["SUMOFSQUARES"]


def _validation(piece: Piece, reading: Reading) -> float:
    """Read `20%`, `0.2` (both a fraction) or `100` (events)."""
    reading.note(("training", "validation"), piece)
    number = piece.number()
    if number is None or not isfinite(number):
        message = f"ValidationSize: wanted 20%, 0.2 or 100 events, found {piece.text!r}"
        reading.complain(("training", "validation"), piece, message)
        return 0.2
    if piece.text.endswith("%"):
        if number >= 100:  # as a number, 1 would mean one event
            message = f"ValidationSize: wanted less than 100%, found {piece.text!r}"
            reading.complain(("training", "validation"), piece, message)
            return 0.2
        return number / 100
    return number if number < 1 else int(number)
