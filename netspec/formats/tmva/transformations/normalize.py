"""Normalize: minima and maxima, a table for each class.

    <Transform Name="Normalize" UseOffsetOrNot="UseOffset">
      <Selection> ... </Selection>
      <Class ClassIndex="c"> <Ranges> <Range Index="k" Min= Max=/> ... </Ranges> </Class>

and in the form of ROOT 5, which has NVariables and NTargets instead of a selection,

    <Class ClassIndex="c"> <Variables> <Variable VarIndex="k" Min= Max=/> ... </Variables> </Class>

`UseOffsetOrNot` came with ROOT 6.38, whose first releases cannot read a file without it; a missing
one means UseOffset, and netspec always writes it. What the other value does has no source that
netspec knows: it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy
from lxml import etree

from ....errors import FormatError
from ..elements import Element, shown
from ..matrices import Array, attribute_float, seventeen_digits
from ..selections import Entry, Selected, Where
from .kind import Kind, Row, Words, cut_evenly

OLD = (("Variable", "NVariables"), ("Target", "NTargets"))
GROUPS = (("Variables", "Variable", "VarIndex"), ("Targets", "Target", "TargetIndex"))


class Normalize(Kind):
    """Every number from its range to -1 ... 1."""

    name, title, type = "Normalize", "normalisation", "normalize"
    arrays = ("minimum", "maximum")

    def selected(self, node: Element, known: Sequence[Entry], compat: str | None) -> Selected:
        if not is_old(node):
            return super().selected(node, known, compat)
        wheres: list[Where] = []
        for type_, count in OLD:
            own = sum(entry.type == type_ for entry in known)
            if (stated := counted(node, count)) not in (0, own):
                raise node.error(f"wanted {own} in {count} as the file holds, found {stated}")
            wheres += [Where(type_, k) for k in range(stated)]
        if not wheres:
            raise node.error("wanted NVariables or NTargets above 0, found neither")
        return Selected(wheres, wheres)

    def options(self, node: Element) -> dict[str, Any]:
        if (offset := node.get("UseOffsetOrNot", "UseOffset")) != "UseOffset":
            raise node.error(
                f"UseOffsetOrNot={shown(offset)} is not supported: netspec knows UseOffset only"
            )
        return {}

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        found = list(classes_of(node))
        return [
            old_rows(node, entry, entry is found[-1])
            if is_old(node)
            else rows_of(entry.child("Ranges"), "Range", "Index", count, used=entry is found[-1])
            for entry in found
        ]

    def attributes(self, layer: Any) -> dict[str, str]:
        return {"UseOffsetOrNot": "UseOffset"}

    def words(self, layer: Any, weights: Mapping[str, Array]) -> list[Words]:
        low, high = weights["minimum"], weights["maximum"]
        if not numpy.all(numpy.isfinite(low) & numpy.isfinite(high) & (low != high)):
            raise FormatError(
                f"{layer.name}: wanted finite limits that differ, found others: nothing to divide"
                " by"
            )
        table = numpy.stack([low, high], axis=1).tolist()
        return [[seventeen_digits(limit) for limit in limits] for limits in table]

    def cut(self, words: Words, count: int) -> list[Words] | None:
        return cut_evenly(words, 2, count)

    def add(self, transform: Any, classes: Sequence[Sequence[Words]]) -> None:
        for c, rows in enumerate(classes):
            entry = etree.SubElement(transform, "Class", ClassIndex=str(c))
            ranges = etree.SubElement(entry, "Ranges")
            for k, (low, high) in enumerate(rows):
                etree.SubElement(ranges, "Range", Index=str(k), Min=low, Max=high)


def is_old(node: Element) -> bool:
    """Say whether a transformation has the form of ROOT 5."""
    return any(count in node.node.attrib for _, count in OLD)


def counted(node: Element, count: str) -> int:
    """Give NVariables or NTargets, 0 where the file has none."""
    return node.integer(count) if count in node.node.attrib else 0


def classes_of(node: Element) -> Iterator[Element]:
    """Give the entries of a transformation, one for each class and one for all."""
    found = [child for child in node.children() if child.tag == "Class"]
    if not found:
        raise node.error("wanted a <Class> for each class, found none")
    for number, child in enumerate(found):
        if (index := child.integer("ClassIndex")) != number:
            raise child.error(f"wanted the ClassIndex {number} here, found {index}")
        yield child


def old_rows(node: Element, entry: Element, used: bool) -> list[Row]:
    """Read the ranges of a class in the form of ROOT 5: those of variables, those of targets."""
    rows = []
    for (_, count), (group, tag, index) in zip(OLD, GROUPS, strict=True):
        if stated := counted(node, count):
            rows += rows_of(entry.child(group), tag, index, stated, used=used)
    return rows


def rows_of(node: Element, tag: str, index: str, count: int, *, used: bool) -> list[Row]:
    """Read minima and maxima, float32; those in use differ. Raises FormatError."""
    children = node.children()
    if len(children) != count:
        raise node.error(f"wanted {count} <{tag}>, found {len(children)}")
    rows = []
    for k, child in enumerate(children):
        if child.tag != tag:
            raise child.error(f"wanted <{tag}>, found <{child.tag}>")
        if (found := child.integer(index)) != k:
            raise child.error(f"wanted {index} {k} here, found {found}")
        limits = numpy.array(
            [attribute_float(child, "Min"), attribute_float(child, "Max")], numpy.float32
        )
        if used and limits[0] == limits[1]:
            raise child.error(
                "wanted Min and Max to differ, found them equal: nothing to divide by"
            )
        text = f"{child.attribute('Min')} {child.attribute('Max')}"
        rows.append(Row((limits[:1], limits[1:]), text))
    return rows
