"""How the score of the first class is spread, over events of that class and over the others.

Where the events of training are known their spread stands beside it, with the largest distance
between the two cumulative distributions (Kolmogorov and Smirnov's): a network that has learned its
events by heart gives others another spread.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy

from .base import Metric
from .sample import Sample

if TYPE_CHECKING:
    Array = numpy.ndarray[Any, numpy.dtype[Any]]

BINS = 40


class Scores(Metric):
    """Histograms, each of area 1."""

    name = "scores"
    place = 60
    draws = True

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For a score."""
        return sample.is_score

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give edges and, for each class that has events, densities and distances."""
        scores = [some.y[:, 0].astype("float64") for some in (sample, training) if some]
        low, high = float(min(map(numpy.min, scores))), float(max(map(numpy.max, scores)))
        low, high = (low, high) if low < high else (low - 0.5, high + 0.5)
        edges = numpy.linspace(low, high, BINS + 1)
        data: dict[str, Any] = {"edges": edges.tolist(), "classes": {}}
        for number, name in enumerate(sample.classes):
            weights = sample.of_class(number)[1]
            if not weights.sum():
                continue
            found: dict[str, Any] = {"density": _density(scores[0], weights, edges)}
            if training is not None and (others := training.of_class(number)[1]).sum():
                found["training"] = _density(scores[1], others, edges)
                found["distance"] = distance(scores[0], weights, scores[1], others)
            data["classes"][name] = found
        return data

    def lines(self) -> Iterator[str]:
        """Yield the distances from training, or where the scores lie."""
        edges, classes = self.data["edges"], self.data["classes"]
        yield f"from {edges[0]:.4g} to {edges[-1]:.4g}"
        for name, row in classes.items():
            if "distance" in row:
                yield f"{name}: distance from training {row['distance']:.4f}"

    def draw(self, axes: Any) -> None:
        """Draw filled steps, and the events of training as points."""
        edges = self.data["edges"]
        middles = [(a + b) / 2 for a, b in pairwise(edges)]
        for colour, (name, row) in zip(("C0", "C3"), self.data["classes"].items(), strict=False):
            axes.stairs(row["density"], edges, color=colour, alpha=0.4, fill=True, label=name)
            if "training" in row:
                label = f"{name}, training"
                axes.plot(middles, row["training"], ".", color=colour, label=label)
        axes.set(xlabel="score", ylabel="density", ylim=(0, 1.3 * axes.get_ylim()[1]))
        axes.legend(frameon=False, ncols=2, loc="upper center")


def _density(score: Array, w: Array, edges: Array) -> list[float]:
    counts, _ = numpy.histogram(score, edges, weights=w)
    found: list[float] = (counts / (w.sum() * numpy.diff(edges))).tolist()
    return found


def distance(a: Array, w_a: Array, b: Array, w_b: Array) -> float:
    """Give the largest distance between the cumulative distributions of two weighted samples."""
    scores = numpy.concatenate([a, b])
    steps = numpy.concatenate([w_a / w_a.sum(), -w_b / w_b.sum()])
    order = numpy.argsort(scores, kind="stable")
    scores, gap = scores[order], numpy.cumsum(steps[order])
    last_of_its_score = numpy.append(scores[1:] != scores[:-1], True)
    return float(abs(gap[last_of_its_score]).max())
