"""A table in memory, for tests that want no file."""

from __future__ import annotations

import numpy

from netspec.data.blocks import Block
from netspec.data.branches import Branch
from netspec.data.ragged import Ragged
from netspec.data.table import Table


class InMemory(Table):
    """Columns by name: arrays, lists of texts, or lists of lists of several lengths."""

    def __init__(self, lengths=None, **columns):
        self.closed = False
        self._held = {name: held(column) for name, column in columns.items()}
        rows = {len(c.lengths) if isinstance(c, Ragged) else len(c) for c in self._held.values()}
        branches = [branch(name, column) for name, column in self._held.items()]
        super().__init__("here", rows.pop(), branches, lengths)
        assert not rows

    def blocks(self, names, rows):
        for first in range(0, self.shape[0], rows):
            end = min(first + rows, self.shape[0])
            held = ((name, self._held[name]) for name in names)
            yield Block.of(
                {
                    name: c.between(first, end) if isinstance(c, Ragged) else c[first:end]
                    for name, c in held
                }
            )

    def __exit__(self, *error):
        self.closed = True


def held(column):
    if isinstance(column, list) and isinstance(column[0], list):
        offsets = numpy.cumsum([0, *map(len, column)])
        return Ragged(offsets, numpy.array([x for row in column for x in row], "float64"))
    return numpy.array(column)


def branch(name, column):
    if isinstance(column, Ragged):
        return Branch(name, "float64", ragged=True)
    if column.dtype.kind == "U":
        return Branch(name, "", texts=True, what="texts")
    return Branch(name, column.dtype.name, column.shape[1:])
