"""Consecutive rows of some branches, read at once or when somebody asks for one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .ragged import Ragged


class Block:
    """Rows of branches by name: `block["px"]` is an array (rows, ...), or `Ragged`."""

    def __init__(self, rows: int, read: Callable[[str, int, int], Any], first: int = 0) -> None:
        """Take what reads a branch, by its name, from one row to before another."""
        self.rows, self._read, self._first = rows, read, first

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Block:
        """Make a block of what is in memory."""
        whole = next(iter(held.values()))
        rows = whole.events if isinstance(whole, Ragged) else len(whole)

        def cut(name: str, first: int, end: int) -> Any:
            one = held[name]
            return one.between(first, end) if isinstance(one, Ragged) else one[first:end]

        return cls(rows, cut)

    def __getitem__(self, name: str) -> Any:
        """Give a branch; it is read now, if it was not before."""
        return self._read(name, self._first, self._first + self.rows)

    def between(self, first: int, end: int) -> Block:
        """Give some of the rows."""
        return Block(end - first, self._read, self._first + first)
