"""Accuracy: the part of the events that are taken for what they are.

The class of an event is the one with the largest output; of a score, the first from the threshold
on. Where classes do not exclude each other, each output is right or wrong for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Metric
from .sample import Sample, binomial_error


class Accuracy(Metric):
    """With its binomial error."""

    name = "accuracy"
    place = 10

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For classes."""
        return sample.of_classes

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give the part that is right, and its error."""
        if sample.is_score or sample.exclusive:
            right = (sample.truth == sample.guess).astype("float64")
        else:
            right = ((sample.y >= sample.threshold) == (sample.t >= 0.5)).mean(1)
        value = float((sample.w * right).sum() / sample.w.sum())
        found = {
            "value": value,
            "error": binomial_error(value, sample.w),
            "threshold": None if sample.exclusive else sample.threshold,
        }
        if training is not None:
            found["training"] = cls.compute(training, None)["value"]
        return found

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        training = f" (training {self.data['training']:.4f})" if "training" in self.data else ""
        at = self.data["threshold"]
        rule = "the largest output" if at is None else f"an output of {at:g} or more"
        yield f"{self.data['value']:.4f} +- {self.data['error']:.4f}{training}  by {rule}"
