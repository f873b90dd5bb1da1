"""A table whose columns have types of their own: a tree of branches, the columns of parquet.

A kind of file says how its branches are read, many rows at a time; here they become rows of
numbers, some at a time.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

import numpy

from ..errors import DataError, nearest
from . import Chunk
from .blocks import Block
from .branches import ALL, Branch, Column, narrow, pieces

AT_ONCE: Final = 2**25  # bytes of a block that is read in one go
ROWS: Final = 4096  # texts at once


class Table(ABC):
    """An open table, for a `with` statement: a `Source` that knows its branches."""

    def __init__(
        self, where: str, rows: int, branches: Iterable[Branch], lengths: str | None = None
    ) -> None:
        """Name the columns; `lengths` is the branch of each event's number of steps."""
        self.where = where
        self.branches = {branch.name: branch for branch in narrow(branches)}
        if lengths is not None and lengths not in self.branches:
            raise DataError(f"{where}: no column {lengths!r}{nearest(lengths, self.branches)}")
        self._lengths = None if lengths is None else Column(self.branches.pop(lengths), 0)
        self.has_lengths = lengths is not None
        self._columns: list[Column] = []
        self._numbers: dict[str, int] = {}
        for branch in self.branches.values():
            for name, part in branch.columns():
                self._numbers.setdefault(name, len(self._columns))
                self._columns.append(Column(branch, part))
        self.columns = tuple(
            name for branch in self.branches.values() for name, _ in branch.columns()
        )
        self.shape: tuple[int, ...] = (rows, len(self.columns))

    @abstractmethod
    def blocks(self, names: Sequence[str], rows: int) -> Iterator[Block]:
        """Yield branches by name; somebody is going to take so many rows at a time.

        Those of a fixed shape are arrays (rows, *shape), of texts too; the others are `Ragged`.
        """

    def locate(self, name: str) -> int | None:
        """Give the number of the column that a name in an expression means, or None.

        An entry of an array of any length, and `Length$(x)` and its like, become columns by this.
        """
        if name in self._numbers:
            return self._numbers[name]
        told = re.fullmatch(r"(\w+\$)\((.*)\)", name)
        bare = re.sub(r"\[\d+\]", "", told[2] if told else name)
        branch = self.branches.get(bare)
        if branch is None:
            return None
        at = [int(k) for k in re.findall(r"\[(\d+)\]", name)]
        if told or (branch.ragged and len(at) == 1):
            self._columns.append(Column(branch, told[1] if told else at[0]))
            self._numbers[name] = len(self._columns) - 1
            return self._numbers[name]
        if branch.elements == 1 and not branch.ragged and not any(at):
            return self._numbers[next(branch.columns())[0]]  # x is x[0] where that is all
        return self._numbers.get(bare + "".join(f"[{k}]" for k in at))

    def named(self, name: str) -> list[int]:
        """Give the columns of a name: its own, or all of a branch; none where there is no such."""
        if name in self._numbers:
            return [self._numbers[name]]
        return [
            number
            for number, column in enumerate(self._columns[: self.shape[1]])
            if column.branch.name == name
        ]

    def branch_of(self, column: int) -> Branch:
        """Give the branch of a column, by its number."""
        return self._columns[column].branch

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the rows of the table, so many at a time; the last ones may be fewer.

        `columns` picks from `self.columns` and what `locate` gave; the others are not read. The
        numbers are float32 where that can hold all of them, else float64. Raises DataError where
        the file has another number of rows than it says.
        """
        numbers = range(self.shape[1]) if columns is None else columns
        wanted = [self._numeric(self._columns[k]) for k in numbers]
        dtype = numpy.result_type("float32", *(column.branch.dtype for column in wanted))
        if any(isinstance(column.part, str) for column in wanted):
            dtype = numpy.dtype("float64")
        counted = [] if self._lengths is None else [self._numeric(self._lengths)]
        filled, total, done = pieces(wanted), self.shape[0], 0
        x, lengths = numpy.empty((0, 0), dtype), numpy.empty(0)
        for part in self.parts([column.branch.name for column in [*wanted, *counted]], rows):
            at, end = done % rows, done + part.rows
            if end > total:
                break
            if not at:
                x = numpy.empty((min(rows, total - done), len(wanted)), dtype)
                lengths = numpy.empty(len(x))
            here = slice(at, at + end - done)
            for piece in filled:
                piece.fill(x[here], part)
            for column in counted:
                lengths[here] = column.of(part[column.branch.name])
            done = end
            if done % rows == 0 or done == total:
                yield Chunk(x, lengths if counted else None)
        if done != total:
            raise DataError(f"{self.where}: wanted {total} rows, as it says, found another number")

    def texts(self, columns: Sequence[int]) -> Iterator[list[str]]:
        """Yield, row by row, what some columns hold, as texts."""
        wanted = [self._columns[k] for k in columns]
        wanted = [one if one.branch.texts else self._numeric(one) for one in wanted]
        for block in self.parts([column.branch.name for column in wanted], ROWS):
            values = [column.of(block[column.branch.name]).tolist() for column in wanted]
            for row in zip(*values, strict=True):
                yield [value if isinstance(value, str) else repr(value) for value in row]

    def parts(self, names: Iterable[str], rows: int) -> Iterator[Block]:
        """Yield branches at most so many rows at a time, none over a multiple of as many."""
        done = 0
        for block in self.blocks(list(dict.fromkeys(names)), rows):
            first = 0
            while first < block.rows:
                end = min(first + rows - done % rows, block.rows)
                yield block.between(first, end)
                done += end - first
                first = end

    def at_once(self, names: Sequence[str], rows: int) -> int:
        """Give how many rows may be read in one go: a multiple of `rows`, of some megabytes."""
        size = sum(self._branch(name).size for name in names)
        return max(1, AT_ONCE // max(1, size) // rows) * rows

    def _branch(self, name: str) -> Branch:
        lengths = self._lengths
        return lengths.branch if lengths and lengths.branch.name == name else self.branches[name]

    def _numeric(self, column: Column) -> Column:
        """Refuse a column that is no number of each event."""
        branch = column.branch
        if not branch.dtype:
            raise DataError(f"{self.where}: {branch.name}: wanted numbers, found {branch.what}")
        if column.part == ALL:
            raise DataError(
                f"{self.where}: {branch.name}: wanted a number of each event, found arrays of"
                f" different lengths: name an entry, {branch.name}[0]"
            )
        return column

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *error: object) -> None:
        """Close the file."""
