"""Weights of rows: an event's own, times that of its class.

    balanced     w_c = n / (classes * n_c), with n_c the training rows of class c among n

The class of a row is the output whose target is the largest; with one output, the first class where
the target is 1/2 or more, else the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..fitting.sample import classes_of

if TYPE_CHECKING:
    from ..dataset import Batch, Dataset
    from ..settings import Training
    from ..spec import NetworkSpec

ROWS = 65536  # looked at at once


class Weighting:
    """Gives batches the weights of their rows."""

    def __init__(self, spec: NetworkSpec, settings: Training, data: Dataset, rows: Any) -> None:
        """Find the weight of every class; `rows` are those that are trained on."""
        self._by_class = None
        said = settings.class_weights
        if said == "balanced":
            self._by_class = _balanced(spec, data, rows)
        elif said is not None:
            self._by_class = numpy.ones(_count(spec))
            for number, name in enumerate(spec.output.classes):
                self._by_class[number] = said.get(name, 1.0)

    def of(self, batch: Batch) -> Batch:
        """Give the batch with the weights of its rows; as it is where classes weigh the same."""
        if self._by_class is None:
            return batch
        weights = self._by_class[classes_of(batch.t)].astype(batch.t.dtype)
        if batch.weights is not None:
            own = batch.weights.reshape(-1, *[1] * (weights.ndim - 1))
            weights = weights * own
        return batch._replace(weights=weights)


def _count(spec: NetworkSpec) -> int:
    """How many classes rows may have, those without a name and outputs nobody sees included."""
    return max(2, len(spec.output.classes), spec.output_shape[-1] or 0)


def _balanced(spec: NetworkSpec, data: Dataset, rows: Any) -> Any:
    found = numpy.zeros(_count(spec), "int64")
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        classes = classes_of(data.targets(some))
        if data.lengths is not None and classes.ndim == 2:
            classes = classes[numpy.arange(classes.shape[1]) < data.lengths[some][:, None]]
        found += numpy.bincount(classes.reshape(-1), minlength=len(found))
    return found.sum() / (len(found) * numpy.maximum(found, 1))
