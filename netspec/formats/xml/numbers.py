"""The text of an array: decimals in lines, or base64.

Decimals: a line holds one row (the last axis), its numbers one blank apart; a row of more than 1024
numbers goes on in the next line after every 1024th. An array of rank 0 is one line of one number.
How a number is written stands in `shortest`, what is read in `decimals`.

Base64 (RFC 4648, with padding): the little-endian bytes of the array in row-major order, in lines
of 76 characters.

The compiled kernels write and read where they are there; the plain Python here gives the same.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Iterator
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ...kernels import compiled
from .decimals import parse
from .shortest import tokens

Array = npt.NDArray[Any]
Encoding = Literal["decimal", "base64"]

ENCODINGS: Final = ("decimal", "base64")
DTYPES: Final = {name: np.dtype(name) for name in ("float32", "float64", "int64")}
LINE: Final = 1024  # numbers
BLOCK: Final = 1 << 16  # numbers worked on at once
COMPILED_BLOCK: Final = 1 << 14  # less: the text then stays in the processor's cache
BASE64_LINE: Final = 76  # characters, 57 bytes
BASE64_BLOCK: Final = 57 * 4096  # bytes


def stored(array: Array) -> Array:
    """Give the array as it is stored and hashed: little endian, row-major, every bit kept."""
    return np.require(array, array.dtype.newbyteorder("<"), "C")


def lines(array: Array, encoding: Encoding) -> Iterator[bytes]:
    """Give the text in pieces; every line ends in a line feed."""
    data = stored(array).reshape(-1).view(np.uint8) if encoding == "base64" else array
    fast = compiled()
    if encoding == "base64":
        base64 = fast.base64_lines if fast else _base64
        for start in range(0, data.size, BASE64_BLOCK):
            yield base64(data[start : start + BASE64_BLOCK])
    elif fast:
        flat = _flat(array)
        row = array.shape[-1] if array.ndim else 1
        for start in range(0, flat.size, COMPILED_BLOCK):
            yield fast.decimal_lines(flat[start : start + COMPILED_BLOCK], row, start)
    else:
        yield from _decimal(array)


def _flat(array: Array) -> Array:
    return np.require(array, array.dtype.newbyteorder("="), "C").reshape(-1)


def _decimal(array: Array) -> Iterator[bytes]:
    flat = _flat(array)
    row = array.shape[-1] if array.ndim else 1
    width = min(row, LINE)
    stretch = row if row > LINE else max(flat.size, 1)  # within which lines have equal lengths
    for first in range(0, flat.size, stretch):
        part = flat[first : first + stretch]
        step = BLOCK // width * width
        for start in range(0, part.size, step):
            words = tokens(part[start : start + step])
            starts = range(0, len(words), width)
            yield b"".join(b" ".join(words[i : i + width]) + b"\n" for i in starts)


def _base64(data: Array) -> bytes:
    text = binascii.b2a_base64(data.data, newline=False)
    starts = range(0, len(text), BASE64_LINE)
    return b"".join(text[i : i + BASE64_LINE] + b"\n" for i in starts)


def read(
    text: str | memoryview, shape: tuple[int, ...], dtype: np.dtype[Any], encoding: Encoding
) -> Array:
    """Read an array of this shape and dtype; a text of anything else is a `ValueError`.

    No memory is taken for the array before the text is known to be long enough.
    """
    count = math.prod(shape)
    if encoding == "decimal":
        return parse(text, count, dtype).reshape(shape)
    data = _bytes(text, count * dtype.itemsize)
    return data.view(dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)


def _bytes(text: str | memoryview, count: int) -> Array:
    """Read exactly `count` bytes from their base64."""
    wanted = 4 * -(-count // 3)
    if len(text) < wanted:
        raise ValueError(f"wanted {wanted} characters of base64, found {len(text)}")
    fast = compiled()
    if fast:
        data = np.empty(count, np.uint8)
        if fast.read_base64(text, data):
            return data
    # Without the kernels, or to say what is wrong.
    plain = text if isinstance(text, str) else str(text, "ascii")
    if not plain.isascii():
        raise ValueError("wanted base64: found a character that is not in it")
    packed = "".join(plain.split())
    if len(packed) != wanted:
        raise ValueError(f"wanted {wanted} characters of base64, found {len(packed)}")
    try:
        found = bytearray(binascii.a2b_base64(packed, strict_mode=True))
    except ValueError as error:
        raise ValueError(f"wanted base64: {error}") from None
    if len(found) != count:
        raise ValueError(f"wanted {count} bytes, found {len(found)}")
    return np.frombuffer(found, np.uint8)
