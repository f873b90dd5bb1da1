"""The words of TMVA's `Layout` for images: CONV, MAXPOOL, BNORM.

    CONV|filters|height|width|stride|stride|padding|padding|ACT      in this order
    MAXPOOL|height|width|stride|stride
    BNORM|momentum|epsilon

Of two sizes the first is that of rows. Paddings that are missing are 0, ACT is TANH unless said. A
negative momentum of BNORM means the plain average of all batches; it is -1 unless said, epsilon
1e-4.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..errors import NetspecWarning, nearest
from .tmva_windows import axes_of
from .tmva_words import Piece, Reading

Sizes = tuple[int, ...]
FORMS = {
    "CONV": "CONV|filters|height|width|stride|stride|padding|padding|ACTIVATION",
    "MAXPOOL": "MAXPOOL|height|width|stride|stride",
    "BNORM": "BNORM|momentum|epsilon",
}
IMAGES = ("CONV", "MAXPOOL")
MOMENTUM, EPSILON = -1.0, 1e-4  # TMVA's own, where the string says none


def convolution(
    word: Piece,
    fields: Sequence[Piece],
    reading: Reading,
    index: int,
    sizes: Sizes,
    activations: dict[str, str],
) -> tuple[dict[str, Any], Sizes]:
    """Read a CONV: its row of a spec, and the shape that comes out (() where unknown)."""
    numbers = _numbers(word, fields[:7], reading, index, wanted=5)
    if numbers is None:
        return {}, ()
    activation = "tanh"
    if len(fields) > 7:
        reading.note(("layers", index, "activation"), fields[7])
        said = fields[7].text
        if said not in activations:
            message = f"wanted an activation, found {said!r}{nearest(said, activations)}"
            reading.complain(("layers", index, "activation"), fields[7], message)
        activation = activations.get(said, activation)
    _refuse_more(word, fields, reading, index, most=8)
    filters, *rest = [*numbers, 0, 0][:7]
    options = {"kernel": rest[0:2], "stride": rest[2:4], "padding": rest[4:6]}
    for option, at in {"filters": 0, "kernel": 1, "stride": 3, "padding": 5}.items():
        if at < len(fields):
            reading.note(("layers", index, option), fields[at])
    windows = _windows(word, fields[1:], reading, index, sizes, **options)
    layer: dict[str, Any] = {"type": "convolution", "filters": filters, "kernel": rest[0:2]}
    layer |= {"stride": rest[2:4]} if rest[2:4] != [1, 1] else {}
    layer |= {"padding": rest[4:6]} if any(rest[4:6]) else {}
    layer |= {"activation": activation} if activation != "linear" else {}
    return layer, ((filters, *windows) if windows else ())


def max_pool(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, sizes: Sizes
) -> tuple[dict[str, Any], Sizes]:
    """Read a MAXPOOL: its row of a spec, and the shape that comes out (() where unknown)."""
    numbers = _numbers(word, fields[:4], reading, index, wanted=4)
    if numbers is None:
        return {}, ()
    _refuse_more(word, fields, reading, index, most=4)
    reading.note(("layers", index, "kernel"), fields[0])
    reading.note(("layers", index, "stride"), fields[2])
    kernel, stride = numbers[0:2], numbers[2:4]
    windows = _windows(word, fields, reading, index, sizes, kernel, stride, [0, 0])
    layer: dict[str, Any] = {"type": "max_pool", "kernel": kernel}
    layer |= {"stride": stride} if stride != kernel else {}
    return layer, ((sizes[0], *windows) if windows else ())


def batch_norm(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, sizes: Sizes, before: str
) -> dict[str, Any]:
    """Read a BNORM, which comes after a layer of the word `before`, and give its row of a spec."""
    _refuse_more(word, fields, reading, index, most=2)
    found = [MOMENTUM, EPSILON]
    for k, (option, piece) in enumerate(zip(("momentum", "epsilon"), fields, strict=False)):
        reading.note(("layers", index, option), piece)
        number = piece.number()
        if number is None:
            message = f"wanted a number, found {piece.text!r}"
            reading.complain(("layers", index, option), piece, message)
            continue
        found[k] = number
    if len(sizes) == 2:
        message = "BNORM after a recurrent layer: TMVA says not what it does with the steps:"
        reading.complain(("layers", index), word, f"{message} put RESHAPE|FLAT before it")
    if len(sizes) == 3 and before not in IMAGES:
        shape = " x ".join(map(str, sizes))
        message = f"BNORM of {shape} numbers, found {before or 'nothing'} before it: wanted CONV,"
        reading.complain(("layers", index), word, f"{message} MAXPOOL or RESHAPE|FLAT")
    momentum, epsilon = found
    return {
        "type": "batch_norm",
        "momentum": "cumulative" if momentum < 0 else momentum,
        "epsilon": epsilon,
    }


def _numbers(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, wanted: int
) -> list[int] | None:
    """Give whole numbers, the first `wanted` of them from 1; None where they are not there."""
    if len(fields) < wanted:
        found = "|".join(piece.text for piece in (word, *fields))
        message = f"wanted {FORMS[word.text]}, found {found}"
        reading.complain(("layers", index), fields[0] if fields else word, message)
        return None
    numbers = []
    for k, piece in enumerate(fields):
        number, least = piece.whole(), int(k < wanted)
        if number is None or number < least:
            message = f"wanted a number from {least}, found {piece.text!r}"
            reading.complain(("layers", index), piece, message)
            return None
        numbers.append(number)
    return numbers


def _refuse_more(
    word: Piece, fields: Sequence[Piece], reading: Reading, index: int, most: int
) -> None:
    if len(fields) > most:
        message = f"wanted {FORMS[word.text]}, found {len(fields)} fields"
        reading.complain(("layers", index), fields[most], message)


def _windows(
    word: Piece,
    fields: Sequence[Piece],
    reading: Reading,
    index: int,
    sizes: Sizes,
    kernel: list[int],
    stride: list[int],
    padding: list[int],
) -> Sizes:
    """Give how many windows there are, () where unknown; `fields` begin with their sizes."""
    if not sizes:
        return ()
    if len(sizes) != 3:
        found = " x ".join(map(str, sizes))
        message = f"{word.text} wants an image, found {found} numbers: put RESHAPE|depth|height|"
        reading.complain(("layers", index), word, f"{message}width before it")
        return ()
    axes = axes_of(sizes, tuple(kernel), tuple(stride), tuple(padding))
    for k, axis in enumerate(axes):
        if axis.room < 0:
            most = axis.size + 2 * axis.padding
            message = f"wanted a window of at most {most} in {axis.name}, found {axis.kernel}"
            reading.complain(("layers", index, "kernel"), fields[k], message)
            return ()
        if axis.rest:
            place = reading.place(fields[2 + k])
            message = f"{word.text}: newer releases of ROOT refuse windows that do not fit"
            warnings.warn(f"{place}: {message}: {axis.remedy}", NetspecWarning, stacklevel=4)
    return tuple(axis.windows for axis in axes)
