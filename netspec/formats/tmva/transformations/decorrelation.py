"""Decorrelation: a matrix M for each class, in the order of the classes, y = M x.

    <Transform Name="Decorrelation">
      <Selection> ... </Selection>
      <Matrix Rows="n" Columns="n"> numbers, row after row, 16 digits </Matrix> ...

ROOT has no way back, so that there is none of targets. What is written has as many digits as give
every bit of a float64 back: 16, and 17 where those are too few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

from lxml import etree

from ..elements import Element
from ..matrices import FLOAT64, Array, read_matrix
from .kind import Kind, Row, Words, cut_evenly, others
from .numbers import finite, lines, words_of

DIGITS = 16


class Decorrelation(Kind):
    """All numbers by one matrix."""

    name, title, type = "Decorrelation", "decorrelation", "decorrelate"
    arrays = ("matrix",)
    apart = undone = False

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        found = list(others(node))
        for child in found:
            if child.tag != "Matrix":
                raise child.error(f"wanted <Matrix>, found <{child.tag}>")
        if not found:
            raise node.error("wanted a <Matrix> for each class, found none")
        return [
            [Row((read_matrix(child, count, count, dtype=FLOAT64),), child.text)] for child in found
        ]

    def words(self, layer: Any, weights: Mapping[str, Array]) -> list[Words]:
        return [words_of(finite(layer, "matrix", weights), DIGITS)]

    def cut(self, words: Words, count: int) -> list[Words] | None:
        return cut_evenly(words, count * count, 1)

    def add(self, transform: Any, classes: Sequence[Sequence[Words]]) -> None:
        for (words,) in classes:
            size = str(isqrt(len(words)))
            node = etree.SubElement(transform, "Matrix", Rows=size, Columns=size)
            node.text = lines(words, 6)
