"""Calibration: of the events with a probability near p, is the part p right?

Probabilities are put into B bins of equal width. With W_b the weight in a bin, p_b the mean
probability there and a_b the part that is right,

    error = sum_b W_b / W |a_b - p_b|          (expected calibration error)

For a score the probability is that of the first class, and right is an event of that class; for
classes that exclude each other it is the largest, and right is an event of that class.
C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, arXiv:1706.04599.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from .base import Metric
from .sample import Sample

BINS = 10


class Calibration(Metric):
    """The curve and its distance from the diagonal."""

    name = "calibration"
    place = 50
    draws = True

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For probabilities."""
        return sample.probabilities and (sample.is_score or sample.exclusive)

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give the error and, for each bin with events, its weight, mean and part."""
        if sample.is_score:
            p, right = sample.y[:, 0], sample.t[:, 0]
        else:
            p, right = sample.y.max(1), sample.truth == sample.guess
        bins = numpy.minimum((p.astype("float64") * BINS).astype("int64"), BINS - 1)
        weight = numpy.bincount(bins, sample.w, BINS)
        full = weight > 0
        mean = numpy.bincount(bins, sample.w * p, BINS)[full] / weight[full]
        part = numpy.bincount(bins, sample.w * right, BINS)[full] / weight[full]
        share = weight[full] / weight.sum()
        return {
            "error": float((share * abs(part - mean)).sum()),
            "bins": {
                "from": (numpy.flatnonzero(full) / BINS).tolist(),
                "probability": mean.tolist(),
                "part": part.tolist(),
                "weight": weight[full].tolist(),
            },
        }

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        yield f"expected error {self.data['error']:.4f} in {BINS} bins of probability"

    def draw(self, axes: Any) -> None:
        """Draw the parts against the probabilities."""
        bins = self.data["bins"]
        axes.plot([0, 1], [0, 1], color="0.8", zorder=0)
        label = f"expected error {self.data['error']:.4f}"
        axes.plot(bins["probability"], bins["part"], marker="o", label=label)
        axes.set(xlabel="probability", ylabel="part that is right", xlim=(0, 1), ylim=(0, 1))
        axes.legend(loc="upper left", frameon=False)
