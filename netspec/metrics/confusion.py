"""Confusion: which class events have, and which they are taken for.

counts[c, g] = sum of the weights of events of class c that are taken for class g
efficiency of c = counts[c, c] / sum_g counts[c, g]        (recall)
purity of c     = counts[c, c] / sum_g counts[g, c]        (precision)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from .base import Metric, table
from .sample import Sample

MOST_SHOWN = 12  # classes in a table of words
MOST_AT_EASE = 5  # classes whose numbers a picture holds in full


class Confusion(Metric):
    """Of classes that exclude each other."""

    name = "confusion"
    place = 40
    draws = True

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For a score, and for classes that exclude each other."""
        return sample.is_score or sample.exclusive

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give the counts, a row for each true class; None where a class has no events."""
        count = len(sample.classes)
        cells = numpy.bincount(
            sample.truth * count + sample.guess, sample.w, minlength=count * count
        ).reshape(count, count)
        right = numpy.diagonal(cells)
        return {
            "classes": list(sample.classes),
            "counts": cells.tolist(),
            "efficiency": _parts(right, cells.sum(1)),
            "purity": _parts(right, cells.sum(0)),
        }

    def lines(self) -> Iterator[str]:
        """Yield the table, or of many classes only their efficiency and purity."""
        names, counts = self.data["classes"], self.data["counts"]
        yield "a row for each true class, a column for what it is taken for"
        shown = len(names) <= MOST_SHOWN
        rows = [("", *(names if shown else ()), "efficiency", "purity")]
        for n, name in enumerate(names):
            parts = [self.data[what][n] for what in ("efficiency", "purity")]
            cells = list(map(_count, counts[n])) if shown else []
            rows.append((name, *cells, *("-" if p is None else f"{p:.4f}" for p in parts)))
        yield from table(rows)

    def draw(self, axes: Any) -> None:
        """Draw the parts of each true class as shades."""
        names, counts = self.data["classes"], numpy.array(self.data["counts"])
        parts = counts / numpy.maximum(counts.sum(1, keepdims=True), numpy.finfo(float).tiny)
        axes.imshow(parts, cmap="Blues", vmin=0, vmax=1)
        if len(names) <= MOST_SHOWN:
            at_ease = len(names) <= MOST_AT_EASE
            style: dict[str, Any] = {"ha": "center", "va": "center"}
            style |= {} if at_ease else {"size": "x-small"}
            for (row, column), part in numpy.ndenumerate(parts):
                colour = "white" if part > 0.6 else "black"
                if at_ease or part:
                    said = f"{part:.3f}" if at_ease else f"{part:.2f}"
                    axes.text(column, row, said, color=colour, **style)
            turned = {} if at_ease else {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
            axes.set_xticks(range(len(names)), names, **turned)
            axes.set_yticks(range(len(names)), names)
        axes.set(xlabel="taken for", ylabel="true class")


def _count(number: float) -> str:
    """Give a sum of weights, which without weights is a number of events.

    >>> _count(1234567.0), _count(0.5)
    ('1,234,567', '0.5')
    """
    return f"{number:,.0f}" if number.is_integer() else f"{number:.6g}"


def _parts(of: Any, all: Any) -> list[float | None]:
    return [float(part / whole) if whole else None for part, whole in zip(of, all, strict=True)]
