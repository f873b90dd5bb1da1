"""What a branch of a tree, or a column of a parquet file, holds for each event.

A number, an array of a fixed shape, or an array of any length. Numbers of a fixed shape are
columns, `hits[0]`, `hits[1]` ..., in the order of the file; of an array of any length those that
somebody asks for, NaN in events that have fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .ragged import Ragged

if TYPE_CHECKING:
    from . import Array

ALL: Final = -1  # the part of a column that stands for arrays of any length as they are

WHOLE: Final[dict[str, Any]] = {
    "Length$": lambda block: block.shape[1],
    "Sum$": lambda block: block.sum(1, dtype="float64"),
    "Min$": lambda block: block.min(1),
    "Max$": lambda block: block.max(1),
}


class Branch(NamedTuple):
    """What a branch holds for an event: numbers of `dtype` in a fixed `shape`, or `ragged` ones.

    A branch of something else has no dtype; it may hold `texts`. `what` is its type in the words
    of the file.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()
    ragged: bool = False
    texts: bool = False
    what: str = "something else"

    @property
    def elements(self) -> int:
        """How many columns it has: one, where its length is not fixed."""
        return 1 if self.ragged else prod(self.shape)

    def __str__(self) -> str:
        """Say what it holds, for errors."""
        return "arrays of different lengths" if self.ragged else self.dtype or self.what

    def columns(self) -> Iterator[tuple[str, int]]:
        """Yield the names of its columns, and which number of it each is."""
        if self.ragged:
            yield self.name, ALL
            return
        for part, at in enumerate(product(*map(range, self.shape))):
            yield self.name + "".join(f"[{k}]" for k in at), part


class Column(NamedTuple):
    """A column: a branch, and which of its numbers, or what is told of its whole array."""

    branch: Branch
    part: int | str

    def of(self, block: Any) -> Array:
        """Give the column (rows,) out of a block of its branch."""
        if isinstance(block, Ragged):
            return block.told(self.part) if isinstance(self.part, str) else block.entry(self.part)
        block = block.reshape(len(block), -1)
        if isinstance(self.part, str):
            found: Array = WHOLE[self.part](block)
            return found
        return block[:, self.part]  # type: ignore[no-any-return]  # a block is anything


class Piece(NamedTuple):
    """Columns that stand side by side in their branch and in what is asked for, `left` there."""

    column: Column
    left: int
    width: int = 1

    def fill(self, x: Array, block: Any) -> None:
        """Write the numbers of a block into their columns of x (rows, columns)."""
        if self.width == 1:
            x[:, self.left] = self.column.of(block)
            return
        part = self.column.part
        assert isinstance(part, int)
        block = block.reshape(len(block), -1)
        x[:, self.left : self.left + self.width] = block[:, part : part + self.width]


def pieces(columns: Sequence[Column]) -> list[Piece]:
    """Put neighbours of one branch together.

    >>> hits = Branch("hits", "float32", (3,))
    >>> [(piece.left, piece.width) for piece in pieces([Column(hits, k) for k in (1, 2, 0)])]
    [(0, 2), (2, 1)]
    """
    found: list[Piece] = []
    for left, column in enumerate(columns):
        last = found[-1] if found else None
        if (
            last
            and last.column.branch == column.branch
            and isinstance(last.column.part, int)
            and column.part == last.column.part + last.width
            and not column.branch.ragged
        ):
            found[-1] = last._replace(width=last.width + 1)
        else:
            found.append(Piece(column, left))
    return found
