"""The loss of events that are not trained on, in inference: no dropout, no window cuts.

netspec    over all of them at once, as one batch, whatever the memory holds
tmva       the mean of the losses of whole batches, in the order of the data; the rest is left out
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..prepared import Prepared
from .objective import Objective, objective
from .weighting import Weighting

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Dataset
    from ..losses import Loss
    from ..spec import NetworkSpec


class Part(NamedTuple):
    """Some rows: the last layer's output, targets, weights and valid steps."""

    y: Any
    t: Any
    weights: Any
    lengths: Any


class Validation:
    """Some rows of a data set, ready to give the loss of any weights."""

    def __init__(
        self, b: Backend, spec: NetworkSpec, loss: Loss, data: Dataset, rows: Any,
        weighting: Weighting, batch_size: int | None = None,
    ) -> None:  # fmt: skip
        """Take the rows (n,); `batch_size` means TMVA's mean over whole batches of that size."""
        self._b, self._spec, self._loss, self._data = b, spec, loss, data
        self._rows, self._weighting, self._size = rows, weighting, batch_size
        self._plain = spec.up_to_last_layer()

    def loss(self, weights: Mapping[str, Any]) -> float:
        """Give the loss at these weights ({"lstm_1/W": NumPy array})."""
        prepared = Prepared(self._plain, weights, self._b)
        if self._size is None:
            return self._of_all(prepared)
        batches = len(self._rows) // self._size
        total = 0.0
        for first in range(0, batches * self._size, self._size):
            part = self._run(prepared, self._rows[first : first + self._size])
            total += self._objective(part)
        return total / batches

    def _of_all(self, prepared: Prepared) -> float:
        parts = [self._run(prepared, rows) for rows in self._chunks()]
        columns = zip(*parts, strict=True)
        whole = (None if part[0] is None else numpy.concatenate(part) for part in columns)
        return self._objective(Part(*whole))

    def _objective(self, part: Part) -> float:
        b = self._b
        with b.computing():
            y, t, weights, lengths = (None if a is None else b.array(a) for a in part)
            rows = None if part.lengths is None else int(part.lengths.sum())
            seen = b.call(objective, self._spec, self._loss, y, t, weights, lengths, rows)
            return float(b.numpy(Objective(*seen).loss))

    def _chunks(self) -> Iterator[Any]:
        size = self._data.at_once
        return (self._rows[first : first + size] for first in range(0, len(self._rows), size))

    def _run(self, prepared: Prepared, rows: Any) -> Part:
        with self._b.computing():
            batch = self._weighting.of(self._data.take(rows))
        y, _ = prepared.run(batch.x, batch.lengths, batch.state or None, False)
        lengths = batch.lengths if self._spec.keeps_steps else None
        return Part(y, batch.t, batch.weights, lengths)
