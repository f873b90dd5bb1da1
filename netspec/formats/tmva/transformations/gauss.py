"""Gauss and Uniform: a cumulated density for each number and class.

    <Transform Name="Gauss" FlatOrGauss="Gauss">          Flat for Uniform
      <Selection> ... </Selection>
      <Variable VarIndex="k">
        <CumulativePDF_cls0>
          <PDF Name= MinNSmooth="0" MaxNSmooth="0" InterpolMethod="1" KDE_type="0" KDE_iter="1"
               KDE_border="1" KDE_finefactor=>
            <Histogram Name= NBins="n" XMin= XMax= HasEquidistantBins="0"> n contents </Histogram>
            <HistogramBinning NBins="n"> n + 1 edges </HistogramBinning>
          </PDF>
        </CumulativePDF_cls0> ... _cls1 ...

Contents are float to ROOT, edges double: netspec reads and keeps them so. Two edges may be equal,
as the first two are where 1e-4 is nothing beside them. Bins of one width may have no edges in the
file but XMin and XMax; netspec writes edges always. Other ways to interpolate are refused: no
transformation asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy
from lxml import etree

from ..elements import Element, shown
from ..matrices import FLOAT64, Array, floats, read_numbers, seventeen_digits
from .kind import Kind, Row, Words, others
from .numbers import finite, lines, words_of

DIGITS = 9
FORMS = {"Gauss": False, "Flat": True}
INTERPOLATION = {"InterpolMethod": 1, "MinNSmooth": 0, "MaxNSmooth": 0}
USUAL = {
    "MinNSmooth": "0",
    "MaxNSmooth": "0",
    "InterpolMethod": "1",
    "KDE_type": "0",
    "KDE_iter": "1",
    "KDE_border": "1",
    "KDE_finefactor": seventeen_digits(0.0),
}


class Gauss(Kind):
    """Every number by its cumulated density, to a flat density or on to a normal one."""

    name, title, type = "Gauss", "the Gauss and Uniform transformation", "gauss"
    arrays = ("contents", "edges")

    def options(self, node: Element) -> dict[str, Any]:
        if (form := node.attribute("FlatOrGauss")) not in FORMS:
            raise node.error(f"wanted FlatOrGauss of Gauss or Flat, found {shown(form)}")
        if node.attribute("Name") == "Uniform" and form != "Flat":
            raise node.error(f"wanted FlatOrGauss Flat in a Uniform, found {shown(form)}")
        return {"flat": True} if FORMS[form] else {}

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        found = list(others(node))
        if len(found) != count:
            raise node.error(f"wanted {count} <Variable>, as many as chosen, found {len(found)}")
        columns: list[list[Row]] = []
        for k, child in enumerate(found):
            if child.tag != "Variable":
                raise child.error(f"wanted <Variable>, found <{child.tag}>")
            if (index := child.integer("VarIndex")) != k:
                raise child.error(f"wanted VarIndex {k} here, found {index}")
            columns.append(densities(child))
            if len(columns[-1]) != len(columns[0]):
                raise child.error(
                    f"wanted {len(columns[0])} classes as above, found {len(columns[-1])}"
                )
        return [list(rows) for rows in zip(*columns, strict=True)]

    def row(self, rows: Sequence[Row]) -> dict[str, Any]:
        return {"bins": [len(row.arrays[0]) for row in rows]}

    def attributes(self, layer: Any) -> dict[str, str]:
        return {"FlatOrGauss": "Flat" if layer.flat else "Gauss"}

    def words(self, layer: Any, weights: Mapping[str, Array]) -> list[Words]:
        contents = finite(layer, "contents", weights)
        edges = finite(layer, "edges", weights)
        rows, first, edge = [], 0, 0
        for bins in layer.bins:
            own = contents[first : first + bins], edges[edge : edge + bins + 1]
            rows.append([str(bins), *(word for part in own for word in words_of(part, DIGITS))])
            first, edge = first + bins, edge + bins + 1
        return rows

    def cut(self, words: Words, count: int) -> list[Words] | None:
        rows, start = [], 0
        for _ in range(count):
            bins = words[start] if start < len(words) else ""
            if not (bins.isascii() and bins.isdigit() and len(bins) < 10 and int(bins) > 1):
                return None
            rows.append(words[start : start + 2 * int(bins) + 2])
            start += 2 * int(bins) + 2
        return rows if start == len(words) else None

    def add(self, transform: Any, classes: Sequence[Sequence[Words]]) -> None:
        for k, rows in enumerate(zip(*classes, strict=True)):
            variable = etree.SubElement(transform, "Variable", VarIndex=str(k))
            for c, (size, *words) in enumerate(rows):
                entry = etree.SubElement(variable, f"CumulativePDF_cls{c}")
                name = {"Name": f"GaussTransform var{k} cls{c}"}
                pdf = etree.SubElement(entry, "PDF", name | USUAL)
                contents, edges = words[: int(size)], words[int(size) :]
                attributes = {
                    "Name": f"Cumulative_Var{k}_cls{c}_original",
                    "NBins": size,
                    "XMin": limit(edges[0]),
                    "XMax": limit(edges[-1]),
                    "HasEquidistantBins": "0",
                }
                etree.SubElement(pdf, "Histogram", attributes).text = lines(contents, 12)
                etree.SubElement(pdf, "HistogramBinning", NBins=size).text = lines(edges, 12)


def limit(word: str) -> str:
    """Give an edge as the limit of a histogram, whose edges were floats when it was filled."""
    return seventeen_digits(float(numpy.float32(word)))


def densities(variable: Element) -> list[Row]:
    """Give the density of each class. Raises FormatError with the line of what is wrong."""
    found = variable.children()
    if not found:
        raise variable.error("wanted a <CumulativePDF_cls0>, found nothing")
    rows = []
    for c, child in enumerate(found):
        if child.tag != f"CumulativePDF_cls{c}":
            raise child.error(f"wanted <CumulativePDF_cls{c}> here, found <{child.tag}>")
        rows.append(density(child.child("PDF")))
    return rows


def density(pdf: Element) -> Row:
    """Give contents and edges of a histogram. Raises FormatError."""
    for name, wanted in INTERPOLATION.items():
        if (found := pdf.integer(name)) != wanted:
            raise pdf.error(f"wanted {name} {wanted}, as every file has it, found {found}")
    histogram = pdf.child("Histogram")
    bins = histogram.integer("NBins", 2)
    contents = read_numbers(histogram, bins)
    if histogram.flag("HasEquidistantBins"):
        where, edges = histogram, even(histogram, bins)
        text = " ".join(words_of(edges, DIGITS))
    else:
        where = pdf.child("HistogramBinning")
        if (stated := where.integer("NBins")) != bins:
            raise where.error(f"wanted NBins {bins} as the histogram has, found {stated}")
        edges = read_numbers(where, bins + 1, FLOAT64)
        text = where.text
    if not ascending(edges):
        falls = numpy.flatnonzero(edges[1:] < edges[:-1])[:1].tolist()
        pairs = [f"{edges[k]:.9g} before {edges[k + 1]:.9g}" for k in falls]
        raise where.error(f"wanted ascending edges, found {(pairs or ['them all equal'])[0]}")
    return Row((contents, edges), f"{bins} {histogram.text} {text}")


def even(histogram: Element, bins: int) -> Array:
    """Give the edges of bins of one width. Raises FormatError."""
    low, high = (
        float(floats(histogram, histogram.attribute(name), 1, FLOAT64)[0])
        for name in ("XMin", "XMax")
    )
    if not isfinite(high - low):
        raise histogram.error(f"wanted limits that lie less far apart, found {low} and {high}")
    return numpy.append(low + numpy.arange(bins) * ((high - low) / bins), high)


def ascending(edges: Array) -> bool:
    """Say whether edges never descend, and the last is above the first."""
    return bool((edges[1:] >= edges[:-1]).all() and edges[0] < edges[-1])
