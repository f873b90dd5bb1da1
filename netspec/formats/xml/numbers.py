"""The text of an array: decimals in lines, or base64.

Decimals: a line holds one row (the last axis), its numbers one blank apart; a row of more than 1024
numbers goes on in the next line after every 1024th. An array of rank 0 is one line of one number.
How a number is written stands in `shortest`, what is read in `decimals`.

Base64 (RFC 4648, with padding): the little-endian bytes of the array in row-major order, in lines
of 76 characters.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Iterator
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from .decimals import parse
from .shortest import tokens

Array = npt.NDArray[Any]
Encoding = Literal["decimal", "base64"]

ENCODINGS: Final = ("decimal", "base64")
DTYPES: Final = {name: np.dtype(name) for name in ("float32", "float64", "int64")}
LINE: Final = 1024  # numbers
BLOCK: Final = 1 << 16  # numbers worked on at once
BASE64_LINE: Final = 76  # characters, 57 bytes


def stored(array: Array) -> Array:
    """Give the array as it is stored and hashed: little endian, row-major, every bit kept."""
    return np.require(array, array.dtype.newbyteorder("<"), "C")


def lines(array: Array, encoding: Encoding) -> Iterator[bytes]:
    """Give the text in pieces; every line ends in a line feed."""
    yield from _base64(array) if encoding == "base64" else _decimal(array)


def _decimal(array: Array) -> Iterator[bytes]:
    flat = np.require(array, array.dtype.newbyteorder("="), "C").reshape(-1)
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


def _base64(array: Array) -> Iterator[bytes]:
    data = stored(array).tobytes()
    step = 57 * 4096
    for start in range(0, len(data), step):
        text = binascii.b2a_base64(data[start : start + step], newline=False)
        starts = range(0, len(text), BASE64_LINE)
        yield b"".join(text[i : i + BASE64_LINE] + b"\n" for i in starts)


def read(text: str, shape: tuple[int, ...], dtype: np.dtype[Any], encoding: Encoding) -> Array:
    """Read an array of this shape and dtype; a text of anything else is a `ValueError`.

    No memory is taken for the array before the text is known to be long enough.
    """
    count = math.prod(shape)
    if encoding == "decimal":
        return parse(text, count, dtype).reshape(shape)
    wanted = 4 * -(-count * dtype.itemsize // 3)
    if len(text) < wanted:
        raise ValueError(f"wanted {wanted} characters of base64, found {len(text)}")
    packed = "".join(text.split())
    if len(packed) != wanted:
        raise ValueError(f"wanted {wanted} characters of base64, found {len(packed)}")
    try:
        data = bytearray(binascii.a2b_base64(packed, strict_mode=True))
    except ValueError as error:
        raise ValueError(f"wanted base64: {error}") from None
    if len(data) != count * dtype.itemsize:
        raise ValueError(f"wanted {count * dtype.itemsize} bytes, found {len(data)}")
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)
