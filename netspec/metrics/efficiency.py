"""Efficiency for the first class (signal) at fixed efficiencies for the other (background).

The table that TMVA prints: at background efficiencies of 0.01, 0.10 and 0.30 the efficiency for
signal with its binomial error and, in brackets, the same of the events of training: where that is
much higher, they were learned by heart. TMVA reads both off smoothed histograms; here every event
counts, and between two scores the curve (`curve.py`) is straight.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Metric
from .curve import curve
from .sample import Sample, binomial_error

BACKGROUND = (0.01, 0.10, 0.30)


class Efficiency(Metric):
    """Of a score."""

    name = "efficiency"
    place = 30

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For a score, where both classes have events."""
        _, p, n = sample.of_class(0)
        return sample.is_score and bool(p.sum() > 0 and n.sum() > 0)

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give a row for each background efficiency."""
        _, p, _ = sample.of_class(0)
        here = curve(*sample.of_class(0))
        there = None
        if training is not None and cls.applies(training):
            there = curve(*training.of_class(0))
        rows = []
        for background in BACKGROUND:
            signal = here.true_at(background)
            row = {
                "background": background,
                "signal": signal,
                "error": binomial_error(signal, p),
                "score": here.score_at(background),
            }
            if there is not None:
                row["training"] = there.true_at(background)
            rows.append({k: None if v == float("inf") else v for k, v in row.items()})
        return {"signal": sample.classes[0], "background": sample.classes[1], "rows": rows}

    def lines(self) -> Iterator[str]:
        """Yield the table."""
        signal, background = self.data["signal"], self.data["background"]
        yield f"for {signal} at that for {background}"
        for row in self.data["rows"]:
            training = f" ({row['training']:.3f})" if "training" in row else ""
            yield f"@{row['background']:.2f}  {row['signal']:.3f} +- {row['error']:.3f}{training}"
