"""What a branch of a tree, or a column of a parquet file, holds for each event.

A number, an array of a fixed shape, or an array of any length. Numbers of a fixed shape are
columns, `hits[0]`, `hits[1]` ..., in the order of the file; of an array of any length those that
somebody asks for, NaN in events that have fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy

from .ragged import Ragged

if TYPE_CHECKING:
    from . import Array
    from .blocks import Block

LIKELY: Final = 64  # numbers of an array of any length, where nothing is known
APART: Final = 16  # numbers between two rows of a stack
MOST: Final = 2**20  # columns of a file
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

    @property
    def size(self) -> int:
        """How many bytes it takes for an event, about."""
        each = numpy.dtype(self.dtype or "U16").itemsize
        return each * (LIKELY if self.ragged else self.elements)

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


def narrow(branches: Iterable[Branch]) -> Iterator[Branch]:
    """Yield branches; one that would make more than `MOST` columns of all counts as unreadable.

    A file may state any shape of an array, and have not a single row of it.
    """
    left = MOST
    for branch in branches:
        wide = max(branch.elements, *branch.shape, 1)
        if wide > left:
            yield Branch(branch.name, "", what=f"one of more than {MOST} columns")
            continue
        left -= wide
        yield branch


class Column(NamedTuple):
    """A column: a branch, and which of its numbers, or what is told of its whole array."""

    branch: Branch
    part: int | str

    def follows(self, other: Column) -> bool:
        """Tell whether it is the next number of the same branch."""
        if self.branch.name != other.branch.name or self.branch.ragged:
            return False
        return isinstance(other.part, int) and self.part == other.part + 1

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
    """Numbers that stand side by side in a branch and in what is asked for, from `left` on."""

    column: Column
    left: int
    width: int

    def fill(self, x: Array, block: Block) -> None:
        """Write the numbers of a branch into their columns of x (rows, columns)."""
        part, held = self.column.part, block[self.column.branch.name]
        assert isinstance(part, int)
        held = held.reshape(len(held), -1)
        x[:, self.left : self.left + self.width] = held[:, part : part + self.width]


class Stack:
    """Columns that stand apart in the file, from `left` on in what is asked for."""

    def __init__(self, columns: list[Column], left: int) -> None:
        """Begin with some columns; others may come behind them."""
        self.columns, self.left = columns, left
        self._room = numpy.empty((0, 0))

    def fill(self, x: Array, block: Block) -> None:
        """Write the columns, first under each other, then all of them turned in one go."""
        rows = len(x)
        if self._room.dtype != x.dtype or self._room.shape[1] < rows + APART:
            # Rows a power of two apart would share a few lines of the cache. The room is kept:
            # what is given back to the system costs more to get again than to fill.
            self._room = numpy.empty((len(self.columns), rows + APART), x.dtype)
        stack = self._room[:, :rows]
        for row, column in zip(stack, self.columns, strict=True):
            row[:] = column.of(block[column.branch.name])
        x[:, self.left : self.left + len(stack)] = stack.T


def pieces(columns: Sequence[Column]) -> list[Piece | Stack]:
    """Put neighbours of one branch together, and single columns into stacks.

    >>> hits, x = Branch("hits", "float32", (3,)), Branch("x", "float32")
    >>> columns = [Column(hits, 1), Column(hits, 2), Column(hits, 0), Column(x, 0)]
    >>> [(piece.left, type(piece).__name__) for piece in pieces(columns)]
    [(0, 'Piece'), (2, 'Stack')]
    """
    runs: list[list[Column]] = []
    for column in columns:
        last = runs[-1][-1] if runs else None
        if last is not None and column.follows(last):
            runs[-1].append(column)
        else:
            runs.append([column])
    found: list[Piece | Stack] = []
    left = 0
    for run in runs:
        last_one = found[-1] if found else None
        if len(run) > 1:
            found.append(Piece(run[0], left, len(run)))
        elif isinstance(last_one, Stack):
            last_one.columns.append(run[0])
        else:
            found.append(Stack(run, left))
        left += len(run)
    return found
