"""TMVA's `Layout`: layers between commas, their numbers and words between bars.

    DENSE|width|ACT                         in any order; TANH|128 is a dense layer, too
    RNN|units|features|steps|remember|sequence
    LSTM|units|features|steps|remember|sequence
    GRU|units|features|steps|remember|sequence|reset after
    RESHAPE|FLAT      RESHAPE|depth|height|width
    CONV, MAXPOOL, BNORM                    see `tmva_layout_images`

Depth, height and width are an image before CONV and MAXPOOL, and depth steps before a recurrent
layer. A width may be a formula in N, the number of variables; a missing one or 0 means one for each
output; the activation is TANH unless said. A recurrent layer repeats what it is given, features
and steps, and those numbers must agree with the layers before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..errors import SpecError
from . import tmva_layout_images as images
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
WORDS = ["DENSE", "RESHAPE", *CELLS, *images.FORMS]

Sizes = tuple[int, ...]


def input_sizes(layout: Piece, said: Sizes, variables: int | None) -> Sizes:
    """Give the shape of an event, () where nothing tells it.

    `said` are depth, height and width of InputLayout, () where it leaves them to the `variables`.
    The first layer decides what they are; a recurrent one says (steps, features) itself.
    """
    first = next(iter(layout.split(",")), layout).split("|")
    word = first[0].text if first else ""
    if word in images.IMAGES:
        return said or ((1, 1, variables) if variables else ())
    sizes = shape_before(said, word if said[1] > 1 else "") if said else ()
    numbers = [piece.whole() or 0 for piece in first[1:4]]
    sequence: Sizes = ()
    if word in CELLS and len(numbers) == 3 and all(numbers):
        sequence = (numbers[2], numbers[1])
    if not sizes or (1, *sizes) == sequence:  # 1|7 is seven numbers, unless a cell says one step
        return sequence or sizes or ((variables,) if variables else ())
    return sizes


def read(layout: Piece, reading: Reading, sizes: Sizes, outputs: int) -> list[dict[str, Any]]:
    """Give the layers, as a spec lists them, for an input of shape `sizes` (() where unknown)."""
    layers: list[dict[str, Any]] = []
    variables = prod(sizes) if sizes else None
    pieces = layout.split(",")
    words = [piece.split("|")[0].text if piece.split("|") else "" for piece in pieces]
    for index, piece in enumerate(pieces):
        path = ("layers", index)
        reading.note(path, piece)
        word, *fields = piece.split("|") or [piece]
        before = words[index - 1] if index else ""
        behind = words[index + 1] if index + 1 < len(words) else ""
        if word.text in CELLS:
            layer, sizes = _cell(word, fields, reading, index, sizes)
        elif word.text == "RESHAPE":
            layer, sizes = _reshape(word, fields, reading, index, sizes, behind)
        elif word.text == "CONV":
            layer, sizes = images.convolution(word, fields, reading, index, sizes, ACTIVATIONS)
        elif word.text == "MAXPOOL":
            layer, sizes = images.max_pool(word, fields, reading, index, sizes)
        elif word.text == "BNORM":
            layer = images.batch_norm(word, fields, reading, index, sizes, before)
        else:
            if len(sizes) == 3:
                message = f"a dense layer wants a row of numbers, found {_text(sizes)}"
                reading.complain(path, word, f"{message}: put RESHAPE|FLAT before it")
            fields = fields if word.text == "DENSE" else [word, *fields]
            layer = _dense(fields, reading, index, variables, outputs)
            sizes = (*sizes[:-1], layer["units"]) if sizes else ()
        layers.append(layer)
    return layers


def shape_before(dims: Sequence[int], word: str) -> Sizes:
    """Give depth, height and width as the shape that a layer of this word takes.

    >>> shape_before((4, 1, 3), "CONV"), shape_before((4, 1, 3), "LSTM")
    ((4, 1, 3), (4, 3))
    >>> shape_before((1, 1, 3), "")
    (3,)
    """
    depth, height, width = dims
    if word in images.IMAGES or (height > 1 and word not in CELLS):
        return depth, height, width
    return (depth, height * width) if depth > 1 or word in CELLS else (width,)


def _text(sizes: Sizes) -> str:
    return " x ".join(map(str, sizes))


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
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, sizes: Sizes, behind: str
) -> tuple[dict[str, Any], Sizes]:
    if any(piece.text == "FLAT" for piece in fields):
        return {"type": "flatten"}, ((prod(sizes),) if sizes else ())
    numbers = [piece.whole() or 0 for piece in fields]
    if len(numbers) != 3 or min(numbers) < 1:
        found = "|".join(piece.text for piece in fields) or "nothing"
        message = f"wanted RESHAPE|FLAT or RESHAPE|depth|height|width, found {found}"
        reading.complain(("layers", index), fields[0] if fields else word, message)
        return {}, ()
    if len(sizes) > 1:
        message = f"RESHAPE|depth|height|width wants a row of numbers, found {_text(sizes)}"
        reading.complain(("layers", index), word, f"{message}: put RESHAPE|FLAT before it")
    shape = shape_before(numbers, behind)
    reading.note(("layers", index, "shape"), fields[0])
    return {"type": "reshape", "shape": list(shape)}, shape
