"""Trees of a ROOT file, `.root`: TTree and RNTuple, read and written by uproot.

    events.root:tree            a tree by its name; the only one of a file needs none
    events.root:folder/tree;3   in a folder, a cycle of it

A branch of texts or objects may be there and is not read. What uproot says of a broken file ends
in one sentence. The extra `root` brings uproot and awkward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy

from ..errors import DataError
from .filling import gathered, identifiers, kept_open
from .libraries import package
from .places import place
from .tree import Tree

if TYPE_CHECKING:
    from . import Array

NAME = "root"
SUFFIXES = (".root",)

TREE: Final = "tree"  # the name of one that is written, where nobody says another


def open(path: Path, array: str | None, lengths: str | None) -> Tree:
    """Open a tree; `lengths` is a branch that counts each event's steps."""
    if array is not None:
        raise DataError(
            f"{path}: a ROOT file has trees, no array {array!r}: say {place(path).file}:{array}"
        )
    return Tree(path, lengths)


def written_as(columns: Iterable[str]) -> list[str]:
    """Give the names that branches of these columns get: what C++ takes for a name."""
    return identifiers(columns)


def fill(
    stream: IO[bytes],
    some: Iterable[Mapping[str, Array]],
    inside: str = "",
    *,
    rows: int | None = None,
) -> None:
    """Write a tree with a branch for each column, in a file that may be gone back in.

    Columns are arrays (rows,) or (rows, n); the first ones tell their types. A basket holds `rows`,
    or a few megabytes of all columns; nothing is packed, as it would save little of such numbers.
    Raises DataError for a name that would be taken for a cycle.
    """
    if ";" in inside:
        raise DataError(
            f"wanted the name of a tree without ';', which stands before a cycle, found {inside!r}"
        )
    uproot = package("uproot")
    with kept_open(stream) as file, uproot.recreate(file, compression=None) as written:
        tree = None
        for table in gathered(some, rows):
            if tree is None:
                kinds = {name: _type(array) for name, array in table.items()}
                tree = written.mktree(inside or TREE, kinds)
            if len(next(iter(table.values()))):
                tree.extend(
                    {name: numpy.ascontiguousarray(a, _number(a)) for name, a in table.items()}
                )


def _type(array: Array) -> numpy.dtype[Any]:
    return numpy.dtype((_number(array), array.shape[1:])) if array.ndim > 1 else _number(array)


def _number(array: Array) -> numpy.dtype[Any]:
    """Give the type of a branch that holds all numbers of an array: a tree has no float16."""
    return numpy.dtype("float32") if array.dtype == "float16" else array.dtype
