"""From decimals to numbers: any decimal, rounded once.

What is read (all that `shortest` writes, and what a person may type):

    number   = [sign] (digits [. [digits]] | . digits) [(e|E) [sign] digits]     sign = + | -
             | [sign] inf  |  nan  |  nan:hhhhhhhh (float32)  |  nan:hhhhhhhhhhhhhhhh (float64)
    integer  = [sign] digits
    text     = numbers between blanks (space, tab, line ends)

The compiled kernels read it where they are there; `_plain` reads the same where they are not, and
says what they must do.

A float64 is what the decimal rounds to, to nearest, ties to even: Python's `float` does that. A
float32 must not be made of that float64 by a second rounding: where the float64 lies exactly half
way between two float32, the decimal may lie on either side of the middle, and rounding the middle
to even would forget which. Those few are compared exactly, decimal against middle.

A text is worked off in pieces, so that the memory taken is that of the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ...kernels import compiled
from .shortest import CANONICAL

Array = npt.NDArray[Any]

PIECE: Final = 1 << 20  # characters read at once
NAN: Final = re.compile(r"nan(?::([0-9a-f]+))?")
INF: Final = {"inf", "+inf", "-inf"}
BLANK: Final = re.compile(r"[ \t\r\n]")
OTHER_BLANKS: Final = "\x0b\x0c\x1c\x1d\x1e\x1f"  # at which Python splits, too
LEADING_ZEROS: Final = re.compile(r"^([+-]?)0+(?=[0-9])")
LONGEST_WHOLE: Final = 20  # characters of an int64


def parse(text: str | memoryview, count: int, dtype: np.dtype[Any]) -> Array:
    """Read exactly `count` numbers; anything else is a `ValueError` that says what was found."""
    # One character a number and one blank between two: no memory before the text is long enough.
    if len(text) < 2 * count - 1:
        raise ValueError(f"wanted {count} numbers, found {len(text)} characters")
    if isinstance(text, str) and not text.isascii():
        raise ValueError("found a character that is in no number")
    values = np.empty(count, dtype)
    fast = compiled()
    if fast:
        filled, start, stop = fast.read_decimals(text, values)
        rest = text[start:stop]
        word = rest if isinstance(rest, str) else str(rest, "ascii", "replace")
    else:
        filled, word = _plain(text if isinstance(text, str) else str(text, "ascii"), values)
    if not word and filled == count:
        return values
    if not word:
        raise ValueError(f"wanted {count} numbers, found {filled}")
    if filled == count:
        raise ValueError(f"wanted {count} numbers, found more")
    short = word if len(word) <= 40 else f"{word[:37]}..."
    raise ValueError(f"number {filled + 1} is {short!r}, which is no {dtype.name}")


def _plain(text: str, values: Array) -> tuple[int, str]:
    """Read until `values` is full or a word is no number: how many, and that word, or ""."""
    filled = 0
    for piece in _pieces(text):
        words = _words(piece)
        part = values[filled : filled + len(words)]
        more = words[len(part) :]
        if more:
            words = words[: len(part)]
            piece = " ".join(words)
        try:
            _fill(part, words, piece)
        except (ValueError, OverflowError):
            index = _first_wrong(words, values.dtype)
            return filled + index, words[index]
        filled += len(words)
        if more:
            return filled, more[0]
    return filled, ""


def _pieces(text: str) -> Iterator[str]:
    """Cut the text at blanks."""
    start = 0
    while start < len(text):
        blank = BLANK.search(text, start + PIECE)
        stop = blank.start() if blank else len(text)
        yield text[start:stop]
        start = stop


def _words(piece: str) -> list[str]:
    """Cut a piece at blanks, and at nothing else that Python takes for one."""
    if any(blank in piece for blank in OTHER_BLANKS):
        return [word for word in BLANK.split(piece) if word]
    return piece.split()


def _fill(part: Array, words: list[str], piece: str) -> None:
    """Read the words of one piece into their place."""
    if any(strange in piece for strange in "_" + OTHER_BLANKS):  # Python reads 1_000 as a number
        raise ValueError
    if part.dtype.kind == "i":
        part[:] = np.fromiter(map(_whole, words), part.dtype, len(words))
        return
    special = {}
    if "n" in piece or "N" in piece:
        special = {i: word for i, word in enumerate(words) if "n" in word or "N" in word}
        words = ["0" if i in special else word for i, word in enumerate(words)]
    exact = np.fromiter(map(float, words), np.float64, len(words))
    if part.dtype == np.float32:
        with np.errstate(over="ignore"):
            part[:] = exact
        for index in np.flatnonzero(_half(exact)):
            part[index] = _beside(words[index], float(exact[index]), part[index])
    else:
        part[:] = exact
    if np.isinf(part).any():
        raise ValueError  # a number beyond the largest: infinity is written `inf`
    for place, word in special.items():
        _special(part[place : place + 1], word)


def _whole(word: str) -> int:
    if len(word) > LONGEST_WHOLE:  # Python counts zeros, too, and takes long over many digits
        word = LEADING_ZEROS.sub(r"\1", word)
    if len(word) > LONGEST_WHOLE:
        raise ValueError
    return int(word)


def _half(exact: Array) -> Array:
    """Say which float64 lie half way between two float32.

    Among normal float32 that is a pattern of the 29 bits that are dropped; among subnormal ones,
    whole multiples of 2^-149, it is a fraction of one half.
    """
    bits = exact.view(np.uint64)
    half: Array = (bits & 0x1FFFFFFF) == 0x10000000
    tiny = np.abs(exact) < 2.0**-126
    if tiny.any():
        half[tiny] = np.abs(exact[tiny] * 2.0**149) % 1 == 0.5
    return half


def _beside(word: str, middle: float, even: np.float32) -> np.float32:
    """Give the float32 on the decimal's side of the middle, or the even one right on it."""
    decimal, exact = Decimal(word), Decimal(middle)
    if decimal == exact:
        return even
    # The two float32 around the middle: what it was rounded to, and the next beyond the middle.
    with np.errstate(over="ignore"):
        far = np.float32(np.inf if middle > float(even) else -np.inf)
        pair = (even, np.nextafter(even, far))
    return max(pair) if decimal > exact else min(pair)


def _special(one: Array, word: str) -> None:
    """Set an infinity or a NaN, the latter by its bits; `one` is an array of one element."""
    if word in INF:
        one[0] = float(word)
        return
    size = one.dtype.itemsize
    found = NAN.fullmatch(word)
    if not found or (found[1] and len(found[1]) != 2 * size):
        raise ValueError
    one.view(f"u{size}")[0] = int(found[1], 16) if found[1] else CANONICAL[size]
    if not np.isnan(one[0]):
        raise ValueError


def _first_wrong(words: list[str], dtype: np.dtype[Any]) -> int:
    """Find the first word that could not be read.

    Halving costs two more readings; one word after another would cost seconds a megabyte.
    """
    before = 0
    while len(words) > 1:
        half = words[: len(words) // 2]
        try:
            _fill(np.empty(len(half), dtype), half, " ".join(half))
        except (ValueError, OverflowError):
            words = half
        else:
            before, words = before + len(half), words[len(half) :]
    return before
