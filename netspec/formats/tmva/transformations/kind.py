"""What a transformation is in a file: a name, a selection, and numbers for each class.

    <Transform Name="...">
      <Selection> ... </Selection>
      the numbers, an entry for each class and, where there are two classes or more, one for all

Of the numbers those of one variable stand by themselves (a range, a cumulated density), or all go
together (a matrix). So a selection of variables, targets and spectators can be taken apart, or it
cannot. Numbers of entries that are not used are kept as the words that stand in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy

from .. import selections
from ..elements import Element
from ..matrices import Array
from ..selections import Entry, Selected, Where

Words = list[str]


class Row(NamedTuple):
    """Numbers that belong together: arrays in the order of `Kind.arrays`, and their text."""

    arrays: tuple[Array, ...]
    text: str

    @property
    def words(self) -> Words:
        """The numbers as they stand in the file."""
        return self.text.split()


class Kind:
    """One kind of transformation: how it is read and written.

    `name` stands in a file, `title` in an error, `type` is that of the layer and `arrays` are the
    names of the layer's arrays. `apart`: whether each number is transformed by itself. `undone`:
    whether ROOT undoes it, so that it can be one of targets.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    type: ClassVar[str]
    arrays: ClassVar[tuple[str, ...]] = ()
    apart: ClassVar[bool] = True
    undone: ClassVar[bool] = True

    def selected(self, node: Element, known: Sequence[Entry], compat: str | None) -> Selected:
        """Give where numbers come from and go to. Raises FormatError.

        The form of ROOT 5 has no selection: there it is all variables, in their order.
        """
        if any(child.tag == "Selection" for child in node.children()):
            return selections.read(node.child("Selection"), known, compat)
        wheres = [Where("Variable", k) for k in range(sum(e.type == "Variable" for e in known))]
        return Selected(wheres, wheres)

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        """Give the rows of each class for `count` numbers, the used ones last.

        Raises FormatError with the line of what is wrong. Nothing here for a transformation
        without numbers.
        """
        return []

    def options(self, node: Element) -> dict[str, Any]:
        """Give the options of the layer that attributes say. Raises FormatError for others."""
        return {}

    def row(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Give the options of the layer that the numbers say."""
        return {}

    def weights(self, rows: Sequence[Row]) -> dict[str, Array]:
        """Give the arrays of the layer."""
        return {
            name: numpy.concatenate([row.arrays[k] for row in rows])
            for k, name in enumerate(self.arrays)
        }

    def attributes(self, layer: Any) -> dict[str, str]:
        """Give the attributes of <Transform> besides its name."""
        return {}

    def words(self, layer: Any, weights: Mapping[str, Array]) -> list[Words]:
        """Give the words of the rows of a layer, whose arrays have the names of `arrays`.

        Raises FormatError for numbers that TMVA cannot use.
        """
        return []

    def cut(self, words: Words, count: int) -> list[Words] | None:
        """Cut the words of all rows into rows, or give None where they are not `count`."""
        return None

    def add(self, transform: Any, classes: Sequence[Sequence[Words]]) -> None:
        """Write the entries, rows for each class, as the last children of <Transform>."""


class Found(NamedTuple):
    """One transformation of a file: what it is and does, and its rows for each class."""

    node: Element
    kind: Kind
    selected: Selected
    entries: list[list[Row]]

    def of(self, type_: str) -> list[int]:
        """The places in the selection where entries of this type stand."""
        return [k for k, where in enumerate(self.selected.inputs) if where.type == type_]


def cut_evenly(words: Words, size: int, rows: int) -> list[Words] | None:
    """Cut words into so many rows of one size, or give None where they do not fit."""
    if len(words) != size * rows:
        return None
    return [words[k : k + size] for k in range(0, len(words), size)]


def others(node: Element, passed: Sequence[str] = ("Selection",)) -> Iterator[Element]:
    """Give the children of a transformation that are no selection."""
    return (child for child in node.children() if child.tag not in passed)
