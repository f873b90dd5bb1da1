"""The words of an expression: numbers, names and signs, each with its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..errors import DataError

LONGEST: Final = 10_000  # characters
SHOWN: Final = 60  # characters of an expression in an error

WORDS: Final = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    | (?P<number>0[xX][0-9a-fA-F]+ | (?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>[^\W\d]\w*(?:::[^\W\d]\w*)*\$?)
    | (?P<sign>\*\*|&&|\|\||[<>=!]=|[-+*/%^<>!?:(),\[\].])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word: its kind (number, name, sign or end), its text and its column, from 1."""

    kind: str
    text: str
    column: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of the text, and the end.

    Raises DataError for a text that is too long, and for what is no word.

    >>> [token.text for token in tokens("x[0] >= 1e-3")]
    ['x', '[', '0', ']', '>=', '1e-3', '']
    """
    if len(text) > LONGEST:
        raise DataError(
            f"{shown(text)}: wanted an expression of at most {LONGEST} characters,"
            f" found {len(text)}"
        )
    at = 0
    while at < len(text):
        found = WORDS.match(text, at)
        if found is None:
            raise fault(text, at + 1, f"wanted a number, a name or a sign, found {text[at]!r}")
        after = text[found.end() : found.end() + 1]
        if found.lastgroup == "number" and (after.isalnum() or after == "_"):
            raise fault(text, found.end() + 1, f"wanted the end of a number, found {after!r}")
        if found.lastgroup != "blank":
            yield Token(found.lastgroup or "", found[0], at + 1)
        at = found.end()
    yield Token("end", "", len(text) + 1)


def fault(text: str, column: int, message: str) -> DataError:
    """Give the error of an expression: its text, the column, and what is wrong there."""
    return DataError(f"{shown(text)}: column {column}: {message}")


def shown(text: str) -> str:
    """Give an expression as an error shows it."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
