"""The words of a TMVA option string, each with its offset, so that an error can point at it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import Place, Problem
from .builder import Path, note

LEADING_WHOLE = re.compile(r"[-+]?[0-9]+")
LEADING_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


class Piece(NamedTuple):
    """A part of the option string, without blanks at its ends, and the offset of its start."""

    text: str
    start: int

    def split(self, mark: str) -> list[Piece]:
        """Cut at every `mark`; as in TMVA empty parts are left out."""
        pieces, start = [], self.start
        for part in self.text.split(mark):
            if part.strip():
                pieces.append(Piece(part.strip(), start + len(part) - len(part.lstrip())))
            start += len(part) + len(mark)
        return pieces

    def partition(self, mark: str) -> tuple[Piece, Piece]:
        """Cut at the first `mark`; what follows it is empty where there is none."""
        first, _, rest = self.text.partition(mark)
        start = self.start + len(first) + len(mark)
        blanks = len(rest) - len(rest.lstrip())
        return Piece(first.strip(), self.start), Piece(rest.strip(), start + blanks)

    def whole(self) -> int | None:
        """Read as C's atoi does: the leading digits count, whatever follows them."""
        found = LEADING_WHOLE.match(self.text)
        return int(found.group()[:20]) if found else None

    def number(self) -> float | None:
        """Read as C's atof does: the leading number counts, whatever follows it."""
        found = LEADING_NUMBER.match(self.text)
        return float(found.group()) if found else None


@dataclass
class Reading:
    """One pass over an option string: its problems so far, and the place of what it gave."""

    text: str
    name: str
    problems: list[Problem] = field(default_factory=list)
    places: dict[Path, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note where lines start."""
        self.starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, piece: Piece) -> Place:
        """Give line and column of a piece."""
        line = bisect_right(self.starts, piece.start)
        return Place(self.name, line, piece.start - self.starts[line - 1] + 1)

    def note(self, path: Path, piece: Piece) -> None:
        """Remember that what stands at `path` of the data came from `piece`."""
        self.places[path] = self.place(piece)

    def complain(self, path: Path, piece: Piece, message: str, *, key: bool = False) -> None:
        """Note a problem of a value, or of its key, and go on to find the next one."""
        note(self.problems, Problem(path, message, self.place(piece), key))
