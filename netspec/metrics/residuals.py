"""Residuals of a regression, of each target: r = y - t, weighted.

    bias = mean of r                        rms = sqrt(mean of r^2)
    mae  = mean of |r|                      r2  = 1 - sum w r^2 / sum w (t - mean t)^2

A quantile q is the smallest r with a part q of the weight at or below it; the five are those of a
normal distribution at -2, -1, 0, 1 and 2 standard deviations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy

from .base import Metric, table
from .sample import Sample

if TYPE_CHECKING:
    Array = numpy.ndarray[Any, numpy.dtype[Any]]

QUANTILES = (0.023, 0.159, 0.5, 0.841, 0.977)
BINS = 60


class Residuals(Metric):
    """For every target: how far off, to which side, and how much of the spread is explained."""

    name = "residuals"
    place = 70
    draws = True

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For everything that is no class."""
        return not sample.of_classes

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give a row for each target; r2 is None where all targets are the same."""
        count = sample.y.shape[1]
        names = sample.names if len(sample.names) == count else tuple(map(str, range(count)))
        y, t = sample.y.astype("float64"), sample.t.astype("float64")
        return {"targets": {n: _of(y[:, k], t[:, k], sample.w) for k, n in enumerate(names)}}

    def lines(self) -> Iterator[str]:
        """Yield a row for each target."""
        yield "output minus target"
        rows = [("", "bias", "rms", "mae", "r2", *(f"{100 * q:g} %" for q in QUANTILES))]
        for name, row in self.data["targets"].items():
            numbers = [row["bias"], row["rms"], row["mae"], row["r2"], *row["quantiles"]]
            rows.append((name, *("-" if n is None else f"{n:.4g}" for n in numbers)))
        yield from table(rows)

    def draw(self, axes: Any) -> None:
        """Draw how the residuals are spread."""
        for name, row in self.data["targets"].items():
            axes.stairs(row["counts"], row["edges"], label=f"{name}, rms {row['rms']:.4g}")
        axes.axvline(0, color="0.8", zorder=0)
        room = 1.1 + 0.08 * len(self.data["targets"])  # above the curves, for the legend
        axes.set(xlabel="output minus target", ylabel="events", ylim=(0, room * axes.get_ylim()[1]))
        axes.legend(loc="upper right", frameon=False)


def _of(y: Array, t: Array, w: Array) -> dict[str, Any]:
    r, whole = y - t, float(w.sum())
    mean = float((w * t).sum()) / whole
    spread = float((w * (t - mean) ** 2).sum())
    squares = float((w * r * r).sum())
    order = numpy.argsort(r, kind="stable")
    below = numpy.cumsum(w[order])
    places = numpy.searchsorted(below, numpy.array(QUANTILES) * below[-1])
    quantiles = r[order][numpy.minimum(places, len(r) - 1)]
    low, high = float(r.min()), float(r.max())
    low, high = (low, high) if low < high else (low - 0.5, high + 0.5)
    counts, edges = numpy.histogram(r, BINS, (low, high), weights=w)
    return {
        "bias": float((w * r).sum()) / whole,
        "rms": (squares / whole) ** 0.5,
        "mae": float((w * abs(r)).sum()) / whole,
        "r2": 1 - squares / spread if spread else None,
        "quantiles": quantiles.tolist(),
        "counts": counts.tolist(),
        "edges": edges.tolist(),
    }
