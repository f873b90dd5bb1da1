"""The loss: sum_r w_r sum_n value[r, n] / N, N = rows times values of a row.

It is the number that training makes small, without penalties and weights of classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .base import Metric
from .sample import Sample


class Loss(Metric):
    """The mean over rows, not over weights."""

    name = "loss"
    place = 0

    @classmethod
    def applies(cls, sample: Sample) -> bool:
        """For every network whose loss was taken."""
        return sample.values is not None

    @classmethod
    def compute(cls, sample: Sample, training: Sample | None) -> dict[str, Any]:
        """Give the loss, and what it is."""
        found: dict[str, Any] = {"loss": sample.loss, "value": _mean(sample)}
        return found | ({} if training is None else {"training": _mean(training)})

    def lines(self) -> Iterator[str]:
        """Yield one line."""
        training = f" (training {self.data['training']:.6g})" if "training" in self.data else ""
        yield f"{self.data['value']:.6g}{training}  {self.data['loss']}"


def _mean(sample: Sample) -> float:
    assert sample.values is not None
    return float((sample.w * sample.values).sum() / (len(sample.y) * sample.terms))
