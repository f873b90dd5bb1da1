"""The transformations of a file: their parameters of the last class, there and back.

    Normalize      y = (x - min)*scale*2 - 1 in floats, scale = 1/(max - min);
                   x = min + (y + 1)/(2 scale)
    Decorrelation  y = M x, no way back
    PCA            p_i = sum_j (x_j - mean_j) E[j][i];  ROOT has
                   x_i = sum_j (E[i][j] p_j + mean_j), where mean_i once would be right
    Gauss          see gauss.py; FlatOrGauss="Flat" is the transformation Uniform
    Rearrange      y = x

Source: Variable{Normalize,Decorr,PCA,Gauss,Rearrange}Transform.cxx and TransformationHandler.cxx.
"""

from __future__ import annotations

from . import gauss
from .selections import Selection
from .text import attribute, cut, doubles, f32, integer, number


class Transformation:
    """One `<Transform>`: `there` and `back` take lists of numbers, None where there is none."""

    def __init__(self, node, known, classes, right):
        self.right = right
        self.entries = classes + 1 if classes > 1 else 1
        selection, *rest = list(node)
        self.selection = Selection.from_xml(selection, known, right)
        self.count = len(self.selection.read)
        self.name = attribute(node, "Name")
        self.there, self.back = READERS[self.name](self, node, rest)

    def forward(self, event):
        chosen = self.selection
        values = chosen.take(event, chosen.read)
        mask = [value is None for value in values]
        if any(mask) and self.name in ("Decorrelation", "PCA"):
            assert all(mask), "You mixed variables and targets"
            return event
        made = self.there([0.0 if value is None else value for value in values])
        return chosen.put(event, chosen.written, mask, made)

    def inverse(self, event):
        chosen = self.selection
        values = chosen.take(event, chosen.written)
        return chosen.put(event, chosen.read, [False] * len(values), self.back(values))


def normalize(self, node, entries):
    assert attribute(node, "UseOffsetOrNot") == "UseOffset"  # from 6.38 on
    assert len(entries) == self.entries
    for c, entry in enumerate(entries):
        assert integer(entry, "ClassIndex") == c
        (ranges,) = list(entry)
        assert ranges.tag == "Ranges"
        table = [(number(attribute(n, "Min")), number(attribute(n, "Max"))) for n in list(ranges)]
        assert [integer(n, "Index") for n in ranges] == list(range(self.count))

    def there(values):
        return [
            f32(f32(f32(f32(v - low) * f32(1 / f32(high - low))) * 2) - 1)
            for v, (low, high) in zip(values, table, strict=True)
        ]

    def back(values):
        return [
            f32(low + f32(f32(v + 1) / f32(f32(1 / f32(high - low)) * 2)))
            for v, (low, high) in zip(values, table, strict=True)
        ]

    return there, back


def decorrelation(self, node, entries):
    assert [entry.tag for entry in entries] == ["Matrix"] * self.entries
    n = self.count
    assert {(integer(e, "Rows"), integer(e, "Columns")) for e in entries} == {(n, n)}
    M = cut(doubles(entries[-1], n * n), n)

    def there(values):
        return [sum(m * v for m, v in zip(row, values, strict=True)) for row in M]

    def back(values):
        raise AssertionError("Inverse transformation for decorrelation not yet implemented")

    return there, back


def pca(self, node, entries):
    n = self.count
    tags = [(entry.tag, integer(entry, "ClassIndex")) for entry in entries]
    numbers = range(self.entries)
    assert tags == [(tag, c) for tag in ("Statistics", "Eigenvectors") for c in numbers]
    for entry in entries:
        attribute(entry, "Class")
        assert integer(entry, "NRows") == n
    assert all(integer(e, "NCols") == n for e in entries[self.entries :])
    mean, E = doubles(entries[self.entries - 1], n), cut(doubles(entries[-1], n * n), n)

    def there(x):
        return [sum((x[j] - mean[j]) * E[j][i] for j in range(n)) for i in range(n)]

    def back(p):
        if self.right:
            return [sum(E[i][j] * p[j] for j in range(n)) + mean[i] for i in range(n)]
        return [sum(E[i][j] * p[j] + mean[j] for j in range(n)) for i in range(n)]

    return there, back


def uniform_or_gauss(self, node, entries):
    form = attribute(node, "FlatOrGauss")
    assert form in ("Flat", "Gauss")
    pdfs = []
    for k, entry in enumerate(entries):
        assert (entry.tag, integer(entry, "VarIndex")) == ("Variable", k)
        assert [c.tag for c in entry] == [f"CumulativePDF_cls{c}" for c in range(self.entries)]
        (pdf,) = list(entry[-1])
        pdfs.append(gauss.Pdf(pdf))
    assert len(pdfs) == self.count

    def there(values):
        return [gauss.there(*pair, form == "Flat") for pair in zip(pdfs, values, strict=True)]

    def back(values):
        return [gauss.back(*pair, form == "Flat") for pair in zip(pdfs, values, strict=True)]

    return there, back


def rearrange(self, node, entries):
    assert not entries
    assert not self.selection.targets, "Targets used in Rearrange-transformation"
    return list, list


READERS = {
    "Normalize": normalize,
    "Decorrelation": decorrelation,
    "PCA": pca,
    "Gauss": uniform_or_gauss,
    "Rearrange": rearrange,
}
