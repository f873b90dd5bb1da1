"""TMVA's `Layout`: layers between commas, their numbers and words between bars.

    DENSE|width|ACT                         in any order; TANH|128 is a dense layer, too
    RNN|units|features|steps|remember|sequence
    LSTM|units|features|steps|remember|sequence
    GRU|units|features|steps|remember|sequence|reset after
    RESHAPE|FLAT      RESHAPE|depth|height|width

A width may be a formula in N, the number of variables; a missing one or 0 means one for each
output; the activation is TANH unless said. A recurrent layer repeats what it is given, features
and steps, and those numbers must agree with the layers before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..errors import SpecError
from .tmva_formula import formula
from .tmva_words import Piece, Reading

ACTIVATIONS = {
    "RELU": "relu",
    "TANH": "tanh",
    "FTANH": "fast_tanh",
    "SYMMRELU": "symmrelu",
    "SOFTSIGN": "softsign",
    "SIGMOID": "sigmoid",
    "LINEAR": "linear",
    "GAUSS": "gauss",
}
CELLS = {"RNN": 5, "LSTM": 5, "GRU": 6}
NOT_YET = {"CONV": "convolution", "MAXPOOL": "pooling", "BNORM": "batch normalization"}
WORDS = ["DENSE", "RESHAPE", *CELLS, *NOT_YET]

Sizes = tuple[int, ...]


def first_sizes(layout: Piece) -> Sizes:
    """Give (steps, features) where the first layer is recurrent and says them, else ()."""
    first = next(iter(layout.split(",")), layout).split("|")
    numbers = [piece.whole() or 0 for piece in first[1:4]]
    cell = bool(first) and first[0].text in CELLS
    return (numbers[2], numbers[1]) if cell and len(numbers) == 3 and all(numbers) else ()


def read(layout: Piece, reading: Reading, sizes: Sizes, outputs: int) -> list[dict[str, Any]]:
    """Give the layers, as a spec lists them, for an input of shape `sizes` (() where unknown)."""
    layers: list[dict[str, Any]] = []
    variables = prod(sizes) if sizes else None
    for index, piece in enumerate(layout.split(",")):
        path = ("layers", index)
        reading.note(path, piece)
        word, *fields = piece.split("|") or [piece]
        if word.text in NOT_YET:
            reading.complain(path, word, f"{word.text}: there is no {NOT_YET[word.text]} layer yet")
            layers.append({})
            sizes = ()
            continue
        if word.text in CELLS:
            layer, sizes = _cell(word, fields, reading, index, sizes)
        elif word.text == "RESHAPE":
            layer, sizes = _reshape(word, fields, reading, index, sizes)
        else:
            fields = fields if word.text == "DENSE" else [word, *fields]
            layer = _dense(fields, reading, index, variables, outputs)
            sizes = (*sizes[:-1], layer["units"]) if sizes else ()
        layers.append(layer)
    return layers


def _dense(
    fields: Sequence[Piece], reading: Reading, index: int, variables: int | None, outputs: int
) -> dict[str, Any]:
    units, activation = 0, "tanh"
    for piece in fields:
        if piece.text in ACTIVATIONS:
            activation = ACTIVATIONS[piece.text]
            reading.note(("layers", index, "activation"), piece)
            continue
        reading.note(("layers", index, "units"), piece)
        try:
            units = formula(piece.text, variables, (*WORDS, *ACTIVATIONS))
        except SpecError as error:
            reading.complain(("layers", index, "units"), piece, str(error))
    layer = {"type": "dense", "units": units or outputs}
    return layer if activation == "linear" else layer | {"activation": activation}


def _cell(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, sizes: Sizes
) -> tuple[dict[str, Any], Sizes]:
    most = CELLS[word.text]
    numbers = []
    for piece in fields:
        number = piece.whole()
        if number is None or number < 0:
            reading.complain(("layers", index), piece, f"wanted a number, found {piece.text!r}")
        numbers.append(number or 0)
    if len(fields) > most:
        message = f"{word.text} takes at most {most} numbers, found {len(fields)}"
        reading.complain(("layers", index), fields[most], message)
    units, features, steps, remember, sequence, after = [*numbers, *[0] * 6][:6]
    if units < 1:
        wanted = f"{word.text}|units|features|steps, found no units above 0"
        reading.complain(("layers", index, "units"), fields[0] if fields else word, wanted)
    given = {"features": (features, 1), "steps": (steps, 2)}
    for axis, size in zip(("steps", "features"), sizes if len(sizes) == 2 else (), strict=False):
        said, position = given[axis]
        if said and said != size:
            message = f"wanted {size} {axis} as the layer is given, found {said}"
            reading.complain(("layers", index), fields[position], message)
    if len(sizes) == 1:
        reading.complain(
            ("layers", index), word, f"{word.text} wants a sequence, found {sizes[0]} numbers"
        )
    for option, position in (("units", 0), ("remember_state", 3), ("return_sequences", 4)):
        if position < len(fields):
            reading.note(("layers", index, option), fields[position])
    layer: dict[str, Any] = {"type": word.text.lower(), "units": units}
    flags = {"return_sequences": sequence, "remember_state": remember, "reset_after": after}
    layer |= {option: True for option, flag in flags.items() if flag}
    steps = sizes[0] if len(sizes) == 2 else steps
    return layer, ((steps, units) if sequence else (units,))


def _reshape(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, sizes: Sizes
) -> tuple[dict[str, Any], Sizes]:
    if any(piece.text == "FLAT" for piece in fields):
        return {"type": "flatten"}, ((prod(sizes),) if sizes else ())
    numbers = [piece.whole() or 0 for piece in fields]
    if len(numbers) != 3 or min(numbers) < 1:
        found = "|".join(piece.text for piece in fields) or "nothing"
        message = f"wanted RESHAPE|FLAT or RESHAPE|depth|height|width, found {found}"
        reading.complain(("layers", index), fields[0] if fields else word, message)
        return {}, ()
    shape = without_ones(numbers)
    reading.note(("layers", index, "shape"), fields[0])
    return {"type": "reshape", "shape": shape}, tuple(shape)


def without_ones(sizes: Sequence[int]) -> list[int]:
    """Give TMVA's depth, height, width as a shape: a row of numbers, a sequence, or all three."""
    depth, height, width = sizes
    if depth == height == 1:
        return [width]
    return [depth, width] if height == 1 else list(sizes)
