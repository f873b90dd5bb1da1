"""The lines and columns of tags, on demand.

libxml2 keeps 16 bits of an element's line and guesses beyond 65535. When something is wrong, and
only then, the file is read once more by expat, which counts right, up to the same start tags.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.parsers import expat

ANYWHERE: Final = 1 << 62  # no such tag: stop at what is refused wherever it stands


class _Stop(Exception):
    """The last place is reached."""

    def __init__(self, place: tuple[int, int]) -> None:
        super().__init__(place)
        self.place = place


def positions(data: bytes, ordinals: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Give the line and column (from 1) of start tags, numbered from 0 in the order of the file.

    A document type or a processing instruction, refused wherever it stands, ends the search, and
    so does a text that is not well formed: all that is left is taken to stand there.
    """
    wanted = set(ordinals)
    found: dict[int, tuple[int, int]] = {}
    last = max(wanted, default=-1)
    parser = expat.ParserCreate("utf-8")
    passed = 0

    def here() -> tuple[int, int]:
        return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal passed
        if passed in wanted:
            found[passed] = here()
        if passed == last:
            raise _Stop(here())
        passed += 1

    def stop(*_: object) -> None:
        raise _Stop(here())

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = stop
    parser.ProcessingInstructionHandler = stop
    try:
        parser.Parse(data, True)
        end = here()
    except _Stop as reached:
        end = reached.place
    except expat.ExpatError as error:
        end = error.lineno, error.offset + 1
    return found | dict.fromkeys(wanted - found.keys(), end)


def position(data: bytes, ordinal: int) -> tuple[int, int]:
    """Give the line and column of one start tag.

    >>> position(b"<a>\\n <b/></a>", 1)
    (2, 2)
    """
    return positions(data, [ordinal])[ordinal]
