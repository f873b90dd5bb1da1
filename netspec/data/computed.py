"""Columns that stand in no file: a variable that is an expression of those that do.

A column of exactly a variable's name is taken as it is, whatever it looks like. Where there is
none, its expression is computed from the columns that it names, in float64, event by event. Where
an event lacks an entry that an expression names, the result is NaN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from .. import expressions
from ..errors import DataError, nearest
from . import Chunk

if TYPE_CHECKING:
    from ..expressions import Tree
    from . import Source

MOST: Final = 5  # missing variables that are named


class Computed:
    """A source of chosen columns: some of another source, others computed from its columns."""

    def __init__(self, source: Source, columns: Sequence[int | Tree]) -> None:
        """Take the numbers of columns of `source`, and the trees of those that are computed."""
        self._source, self._columns = source, columns
        self.shape: tuple[int, ...] = (source.shape[0], len(columns))
        self.columns = tuple(f"column {k}" for k in range(len(columns)))
        self.has_lengths = source.has_lengths

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the rows, as the source does, in float64; all columns, or some by number."""
        wanted = [self._columns[k] for k in (range(self.shape[1]) if columns is None else columns)]
        read: dict[int, int] = {}
        for column in wanted:
            for number in [column] if isinstance(column, int) else self._numbers(column).values():
                read.setdefault(number, len(read))
        for chunk in self._source.chunks(rows, list(read) or [0]):
            x = numpy.empty((len(chunk.x), len(wanted)))
            for k, column in enumerate(wanted):
                if isinstance(column, int):
                    x[:, k] = chunk.x[:, read[column]]
                    continue
                numbers = self._numbers(column)
                values = {name: chunk.x[:, read[n]] for name, n in numbers.items()}
                x[:, k] = expressions.evaluate(column, values)
                for name, number in numbers.items():
                    if number >= len(self._source.columns):  # an entry that may be missing
                        x[numpy.isnan(values[name]), k] = numpy.nan
            yield Chunk(x, chunk.lengths)

    def _numbers(self, tree: Tree) -> dict[str, int]:
        found = {name: locate(self._source, name) for name in expressions.names(tree)}
        return {name: number for name, number in found.items() if number is not None}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close the source."""
        self._source.__exit__(*error)


def locate(source: Any, name: str) -> int | None:
    """Give the number of the column that a name means, or None."""
    if hasattr(source, "locate"):
        found: int | None = source.locate(name)
        return found
    return source.columns.index(name) if name in source.columns else None


def known(source: Any) -> list[str]:
    """Give the names that a source has, for errors: of branches, where it has those."""
    return list(getattr(source, "branches", source.columns))


def find(source: Source, wanted: Sequence[Sequence[str]], where: str) -> list[int | Tree]:
    """Give for every variable the number of its column, or the tree that it is computed by.

    `wanted` holds for each variable the names it goes by: its own, its expression, its title.
    Raises DataError naming every variable for which there is nothing, with the nearest name.
    """
    found: list[int | Tree] = []
    missing = []
    for names in wanted:
        numbers = (locate(source, name) for name in names)
        number = next((number for number in numbers if number is not None), None)
        if number is not None:
            found.append(number)
            continue
        tree, fault = _computed(source, names)
        found += [tree] if tree is not None else []
        missing += [fault] if fault else []
    if missing:
        shown = _told_once(missing[:MOST])
        shown += [f"and {len(missing) - MOST} more"] if len(missing) > MOST else []
        raise DataError(f"{where}: no column for the variable {'; '.join(shown)}")
    return found


def _told_once(faults: list[str]) -> list[str]:
    """Leave the names that are known, where every fault ends in them, to the last."""
    known = {fault.partition(" (known: ")[2] for fault in faults}
    if len(known) > 1:
        return faults
    return [*(fault.partition(" (known: ")[0] for fault in faults[:-1]), faults[-1]]


def _computed(source: Source, names: Sequence[str]) -> tuple[Tree | None, str]:
    """Give the tree of a variable that is no column, or what is missing for it."""
    fault = _lacking(source, names[0])
    for text in (*names[1:], names[0]):  # the expression, where there is one, before the name
        try:
            tree = expressions.parse(text)
        except DataError as error:
            if any(mark in text for mark in "+-*/(") and names[0] in fault[: len(names[0]) + 1]:
                fault = f"{names[0]!r}, nor can it be computed: {error}"
            continue
        parts = expressions.names(tree)
        lacking = [name for name in parts if locate(source, name) is None]
        if not lacking:
            return tree, ""
        if parts != (text,):
            return None, f"{text!r}: {_lacking(source, lacking[0])}"
    return None, fault


def _lacking(source: Any, name: str) -> str:
    """Give the name of what is no column, and the nearest that is."""
    told = re.fullmatch(r"\w+\$\((.*)\)", name)
    bare = re.sub(r"\[\d+\]", "", told[1] if told else name)
    branch = getattr(source, "branches", {}).get(bare)
    if branch is None or branch.elements == 1:
        return f"{name!r}{nearest(bare, known(source))}"
    some = ", ".join(entry for entry, _ in islice(branch.columns(), 2)) or "none"
    return f"{name!r}: {bare!r} holds {branch.elements} numbers ({some}, ...)"
