"""PCA: means and eigenvectors E for each class, p_i = sum_j (x_j - mean_j) E[j][i].

    <Transform Name="PCA">
      <Selection> ... </Selection>
      <Statistics Class="Signal" ClassIndex="0" NRows="n"> means </Statistics> ...
      <Eigenvectors Class="Signal" ClassIndex="0" NRows="n" NCols="n"> E, row after row ...

First all means, then all eigenvectors. Whatever a class is called, the first is Signal here, the
second Background and every other one Combined. ROOT writes nine digits, netspec as many as give
every bit of a float64 back. ROOT's way back adds every mean to every number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from ..elements import Element
from ..matrices import FLOAT64, Array, read_matrix, read_numbers
from .kind import Kind, Row, Words, others
from .numbers import finite, lines, words_of

DIGITS = 9
GROUPS = ("Statistics", "Eigenvectors")
NAMES = ("Signal", "Background")


class Components(Kind):
    """All numbers to their principal components."""

    name, title, type = "PCA", "principal components", "pca"
    arrays = ("mean", "eigenvectors")
    apart = False

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        found: dict[str, list[Element]] = {group: [] for group in GROUPS}
        for child in others(node):
            if child.tag not in found:
                raise child.error(f"wanted <Statistics> or <Eigenvectors>, found <{child.tag}>")
            if (index := child.integer("ClassIndex")) != len(found[child.tag]):
                raise child.error(f"wanted the ClassIndex {len(found[child.tag])}, found {index}")
            found[child.tag].append(child)
        means, vectors = (found[group] for group in GROUPS)
        if not means or len(means) != len(vectors):
            raise node.error(
                "wanted <Statistics> and <Eigenvectors> for each class, found"
                f" {len(means)} and {len(vectors)}"
            )
        return [[row_of(*pair, count)] for pair in zip(means, vectors, strict=True)]

    def words(self, layer: Any, weights: Mapping[str, Array]) -> list[Words]:
        return [[w for name in self.arrays for w in words_of(finite(layer, name, weights), DIGITS)]]

    def cut(self, words: Words, count: int) -> list[Words] | None:
        return [words] if len(words) == count + count * count else None

    def add(self, transform: Any, classes: Sequence[Sequence[Words]]) -> None:
        for group in GROUPS:
            for c, (words,) in enumerate(classes):
                size = next(n for n in range(len(words) + 1) if n + n * n == len(words))
                name = NAMES[c] if c < len(NAMES) else "Combined"
                attributes = {"Class": name, "ClassIndex": str(c), "NRows": str(size)}
                attributes |= {"NCols": str(size)} if group == "Eigenvectors" else {}
                node = etree.SubElement(transform, group, attributes)
                node.text = lines(words[:size] if group == "Statistics" else words[size:], 6)


def row_of(means: Element, vectors: Element, count: int) -> Row:
    """Read what one class has. Raises FormatError with the line of what is wrong."""
    if (stated := means.integer("NRows")) != count:
        raise means.error(f"wanted NRows {count}, as many as numbers chosen, found {stated}")
    mean = read_numbers(means, count, FLOAT64)
    matrix = read_matrix(vectors, count, count, ("NRows", "NCols"), FLOAT64)
    return Row((mean, matrix), f"{means.text} {vectors.text}")
