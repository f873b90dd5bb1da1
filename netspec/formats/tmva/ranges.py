"""The ranges of a Normalize: minima and maxima, a table for each class.

    <Class ClassIndex="c"> <Ranges> <Range Index="k" Min= Max=/> ... </Ranges> </Class>

and in the form of ROOT 5, which has NVariables and NTargets instead of a selection,

    <Class ClassIndex="c"> <Variables> <Variable VarIndex="k" Min= Max=/> ... </Variables> </Class>
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy
from lxml import etree

from . import selections
from .elements import Element
from .matrices import Array, attribute_float, seventeen_digits
from .selections import Entry, Where


class Ranges(NamedTuple):
    """Where the numbers of one Normalize come from and go to, and a table (n, 2) per class."""

    inputs: list[Where]
    outputs: list[Where]
    tables: list[Array]


def read_new(node: Element, known: Sequence[Entry]) -> Ranges:
    """Read a Normalize with a selection."""
    inputs, outputs = selections.read(node.child("Selection"), known)
    found = list(entries(node))
    tables = [
        table_of(entry.child("Ranges"), "Range", "Index", len(inputs), used=entry is found[-1])
        for entry in found
    ]
    return Ranges(inputs, outputs, tables)


def read_old(node: Element, known: Sequence[Entry]) -> Ranges:
    """Read a Normalize of ROOT 5: all variables and all targets, in their order."""
    wheres: list[Where] = []
    counts = []
    for type_, count in (("Variable", "NVariables"), ("Target", "NTargets")):
        own = sum(entry.type == type_ for entry in known)
        stated = node.integer(count) if count in node.node.attrib else 0
        if stated not in (0, own):
            raise node.error(f"wanted {own} in {count} as the file holds, found {stated}")
        counts.append(stated)
        wheres += [Where(type_, k) for k in range(stated)]
    if not wheres:
        raise node.error("wanted NVariables or NTargets above 0, found neither")
    tables = []
    found = list(entries(node))
    for entry in found:
        groups = (("Variables", "Variable", "VarIndex"), ("Targets", "Target", "TargetIndex"))
        tables.append(
            numpy.concatenate(
                [
                    table_of(entry.child(group), tag, index, count, used=entry is found[-1])
                    for (group, tag, index), count in zip(groups, counts, strict=True)
                    if count
                ]
            )
        )
    return Ranges(wheres, wheres, tables)


def entries(node: Element) -> Iterator[Element]:
    """Give the entries of a transformation, one for each class and one for all."""
    found = [child for child in node.children() if child.tag == "Class"]
    if not found:
        raise node.error("wanted a <Class> for each class, found none")
    for number, child in enumerate(found):
        if (index := child.integer("ClassIndex")) != number:
            raise child.error(f"wanted the ClassIndex {number} here, found {index}")
        yield child


def table_of(node: Element, tag: str, index: str, count: int, *, used: bool) -> Array:
    """Read minima and maxima (count, 2), float32; those in use differ. Raises FormatError."""
    rows = node.children()
    if len(rows) != count:
        raise node.error(f"wanted {count} <{tag}>, found {len(rows)}")
    table = numpy.empty((count, 2), numpy.float32)
    for k, row in enumerate(rows):
        if row.tag != tag:
            raise row.error(f"wanted <{tag}>, found <{row.tag}>")
        if (found := row.integer(index)) != k:
            raise row.error(f"wanted {index} {k} here, found {found}")
        table[k] = attribute_float(row, "Min"), attribute_float(row, "Max")
        if used and table[k, 0] == table[k, 1]:
            raise row.error("wanted Min and Max to differ, found them equal: nothing to divide by")
    return table


def add_ranges(parent: Any, c: int, table: Array) -> None:
    """Write the entry of one class."""
    entry = etree.SubElement(parent, "Class", ClassIndex=str(c))
    ranges = etree.SubElement(entry, "Ranges")
    for k, (low, high) in enumerate(table.tolist()):
        limits = {"Min": seventeen_digits(low), "Max": seventeen_digits(high)}
        etree.SubElement(ranges, "Range", {"Index": str(k), **limits})
