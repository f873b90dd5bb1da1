"""The one text of a model: elements in the order of the grammar, two blanks for each level.

    write -> _document -> _metadata, _spec, _layers, _history, _verification, digest -> last line

Everything is checked before the first byte is given out. The text depends on the model alone: no
clock, host or user; metadata and history are in the order of their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ...errors import FormatError
from ...spec import NetworkSpec
from .. import golden as golden_arrays
from ..model import CONTRACT, Extras, Golden, exactly
from . import digests, options
from .layout import slots
from .numbers import ENCODINGS, Encoding, lines
from .tree import MOST, NAMESPACE, VERSION

Array = npt.NDArray[Any]

TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
ATTRIBUTE: Final = str.maketrans({**TEXT, '"': "&quot;", "\t": "&#9;", "\n": "&#10;"})
CONTENT: Final = str.maketrans(TEXT)


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterator[bytes]:
    """Give the bytes of a model file in pieces.

    Raises WeightsError where the weights do not fit the spec, FormatError where the extras hold
    what XML cannot.
    """
    own = exactly(spec, weights)
    kept = extras.golden and _fitting(spec, extras.golden)
    _check(spec, extras)
    return _with_last_line(_document(spec, own, extras.replace(golden=kept)))


def _fitting(spec: NetworkSpec, golden: Golden) -> Golden:
    try:
        return golden_arrays.fitting(spec, golden)
    except ValueError as error:
        raise FormatError(f"golden {error}") from None


def _check(spec: NetworkSpec, extras: Extras) -> None:
    """Refuse what could not be written, or not be read again."""
    if extras.encoding not in ENCODINGS:
        raise FormatError(f"encoding: wanted decimal or base64, found {extras.encoding!r}")
    for what, table in (("metadata", extras.metadata), ("history", extras.history)):
        if not isinstance(table, Mapping):
            raise FormatError(f"{what}: wanted a dictionary, found {type(table).__name__}")
    arrays = sum(map(len, slots(spec)))
    elements = arrays + 20 * len(spec.layers) + len(extras.metadata) + len(extras.history)
    if elements > MOST - 100:
        raise FormatError(f"wanted at most {MOST} elements in a file, found about {elements}")
    texts = {"the spec's name": spec.name}
    for name, text in extras.metadata.items():
        texts |= {f"the name {name!r} in metadata": name, f"metadata {name!r}": text}
    for name in extras.history:
        texts[f"the name {name!r} in history"] = name
    if extras.golden:
        texts["the engine's name"] = extras.golden.engine
    for what, text in texts.items():
        if not isinstance(text, str):
            raise FormatError(f"{what}: wanted text, found {type(text).__name__}")
        illegal = options.ILLEGAL.search(text)
        if illegal:
            raise FormatError(
                f"{what}: XML cannot hold the character {illegal[0]!r} at position"
                f" {illegal.start()}: take it out"
            )
    for name, values in extras.history.items():
        try:
            row = np.asarray(values)
        except ValueError:  # uneven rows
            row = np.empty(())
        if row.ndim != 1 or row.dtype.kind not in "fiub":
            raise FormatError(f"history {name!r}: wanted a row of numbers")


def _with_last_line(pieces: Iterable[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield digests.last_line(digest.hexdigest())


def _document(spec: NetworkSpec, weights: Mapping[str, Array], extras: Extras) -> Iterator[bytes]:
    data = spec.to_data(defaults=True)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield _tag(
        0,
        "model",
        xmlns=NAMESPACE,
        format=VERSION,
        contract=CONTRACT,
        dtype=spec.dtype,
        name=spec.name,
        encoding=extras.encoding,
    )
    if extras.metadata:
        yield _tag(1, "metadata")
        for name, text in sorted(extras.metadata.items()):
            yield _leaf(2, "entry", text, name=name)
        yield _end(1, "metadata")
    yield _tag(1, "spec")
    for name, value in data.items():
        if name != "layers":
            yield _leaf(2, "option", options.write(value), name=name)
    yield _end(1, "spec")
    found = []
    yield _tag(1, "layers")
    for row, places in zip(data["layers"], slots(spec), strict=True):
        yield _tag(2, "layer", type=row["type"], name=row["name"])
        for name, value in row.items():
            if name not in ("type", "name"):
                yield _leaf(3, "option", options.write(value), name=name)
        for slot in places:
            whole = weights[slot.full]
            array = whole if slot.block is None else whole[slot.block]
            digest = digests.of_array(array)
            found.append((slot, digest))
            said = {"part": slot.part} if slot.part else {}
            said |= {"dtype": slot.dtype} if slot.dtype else {}
            yield from _array(3, array, digest, extras.encoding, name=slot.name, **said)
        yield _end(2, "layer")
    yield _end(1, "layers")
    yield from _history(extras)
    if extras.golden:
        yield from _verification(extras.golden, extras.encoding)
    yield _tag(1, "digest", "/", sha256=digests.of_model(data, found))
    yield _end(0, "model")


def _history(extras: Extras) -> Iterator[bytes]:
    if extras.history:
        yield _tag(1, "history")
        for name, values in sorted(extras.history.items()):
            array = np.asarray(values, np.float64)
            digest = digests.of_array(array)
            yield from _array(2, array, digest, extras.encoding, name=name, dtype="float64")
        yield _end(1, "history")


def _verification(golden: Golden, encoding: Encoding) -> Iterator[bytes]:
    found = {name: digests.of_array(array) for name, array in golden.arrays.items()}
    yield _tag(
        1,
        "verification",
        engine=golden.engine,
        contract=golden.contract,
        tolerance=repr(golden.tolerance),
        sha256=digests.of_verification(golden, found),
    )
    for name, array in golden.arrays.items():
        yield from _array(2, array, found[name], encoding, name=name, dtype=array.dtype.name)
    yield _end(1, "verification")


def _array(
    level: int, array: Array, digest: str, encoding: Encoding, /, **attributes: str
) -> Iterator[bytes]:
    """Give the lines of an array between its tags, each in a line of its own."""
    shape = " ".join(map(str, array.shape))
    yield _tag(level, "array", **attributes, shape=shape, sha256=digest)
    yield from lines(array, encoding)
    yield _end(level, "array")


def _tag(level: int, tag: str, close: str = "", /, **attributes: str) -> bytes:
    """Give a start tag, or an empty element, in a line of its own."""
    shown = "".join(f' {k}="{v.translate(ATTRIBUTE)}"' for k, v in attributes.items())
    return f"{'  ' * level}<{tag}{shown}{close}>\n".encode()


def _end(level: int, tag: str) -> bytes:
    return f"{'  ' * level}</{tag}>\n".encode()


def _leaf(level: int, tag: str, text: str, /, **attributes: str) -> bytes:
    """Give an element with its text in one line (more where the text has line ends)."""
    start = _tag(level, tag, **attributes)[:-1].decode()
    return f"{start}{text.translate(CONTENT)}</{tag}>\n".encode()
