"""Columns of a table that go with the outputs as they are: the number of an event, its weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from ..errors import DataError, nearest

if TYPE_CHECKING:
    from . import Array
    from .table import Table

ROWS: Final = 2**14


class Kept:
    """An open table, from which some columns are taken row by row, in their own dtypes."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        """Look for the columns. Raises DataError, and closes the table, where one cannot be."""
        self._table, self.names = table, list(dict.fromkeys(names))
        for name in self.names:
            branch = table.branches.get(name)
            if branch is None or branch.ragged or not branch.dtype:
                table.__exit__()
                found = f"found {branch}" if branch else "found none"
                raise DataError(
                    f"{table.where}: {name}: wanted a column of numbers to keep, {found}"
                    f"{'' if branch else nearest(name, table.branches)}"
                )
        self._blocks = table.parts(self.names, ROWS)
        self._waiting: dict[str, Any] = {
            name: numpy.empty((0, *table.branches[name].shape), table.branches[name].dtype)
            for name in self.names
        }

    def take(self, rows: int) -> dict[str, Array]:
        """Give the next so many rows. Raises DataError where there are not so many."""
        if not self.names:
            return {}
        held = [self._waiting]
        while sum(map(self._rows, held)) < rows:
            block = next(self._blocks, None)
            if block is None:
                raise DataError(f"{self._table.where}: wanted {rows} more rows, found the end")
            held.append({name: block[name] for name in self.names})
        found, left = {}, {}
        for name, branch in ((name, self._table.branches[name]) for name in self.names):
            whole = numpy.concatenate([block[name] for block in held])
            if whole.dtype.newbyteorder("=") != numpy.dtype(branch.dtype):
                raise DataError(
                    f"{self._table.where}: {name}: wanted {branch.dtype} in every row to keep it,"
                    " found some without a number"
                )
            found[name] = whole[:rows].astype(branch.dtype)
            left[name] = whole[rows:]
        self._waiting = left
        return found

    def _rows(self, block: dict[str, Any]) -> int:
        return len(block[self.names[0]])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close the table."""
        self._table.__exit__(*error)
