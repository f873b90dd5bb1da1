"""Where events lie: a file, and in a file of several trees the name of one, `events.root:tree`.

    events.root                 the only tree of the file
    events.root:tree;3          its third cycle
    events.root:folder/tree     a tree in a folder of the file

A file that really has a name with a colon is taken as it is.
"""

from __future__ import annotations

import re
from os import PathLike, fspath
from pathlib import Path
from typing import Final, NamedTuple

INSIDE: Final = re.compile(r"(?P<file>.*\.root):(?P<inside>[^:]*)", re.IGNORECASE | re.DOTALL)


class Place(NamedTuple):
    """A file, and the name of what is meant in it, "" where none is said."""

    file: Path
    inside: str = ""

    def __str__(self) -> str:
        """Give it as it was written."""
        return f"{self.file}:{self.inside}" if self.inside else str(self.file)


def place(path: str | PathLike[str]) -> Place:
    """Take a path apart.

    >>> place("runs/events.root:folder/tree;3")
    Place(file=PosixPath('runs/events.root'), inside='folder/tree;3')
    >>> place("events.csv").inside
    ''
    """
    text = fspath(path)
    found = INSIDE.fullmatch(text)
    if found is None or Path(text).exists():
        return Place(Path(text))
    return Place(Path(found["file"]), found["inside"].strip("/"))
