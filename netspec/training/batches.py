"""The batches of an epoch, and the windows that a batch of long streams is cut into.

Every epoch has an order of its own, drawn from seed, phase and epoch alone, so that a training
that was interrupted goes on with the same batches. TMVA's rules drop what is left over at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy

from ..dataset import Batch
from ..randomness import Stream
from .split import order

if TYPE_CHECKING:
    from ..settings import Phase, Training


class Batches:
    """The batches of one phase: `len()` of them in an epoch."""

    def __init__(self, settings: Training, phase: Phase, rows: Any) -> None:
        """Batch the rows (n,) of a data set that are trained on."""
        self._shuffle, self._rows, self._size = settings.shuffle, rows, phase.batch_size
        whole, rest = divmod(len(rows), phase.batch_size)
        self._count = whole + (1 if rest and settings.rules != "tmva" else 0)

    def __len__(self) -> int:
        return self._count

    def of_epoch(self, stream: Stream, first: int = 0) -> Iterator[tuple[int, Any]]:
        """Yield number and rows of every batch of an epoch, from batch `first` on."""
        rows = self._rows
        if self._shuffle:
            rows = rows[order(stream.of("shuffle"), len(rows))]
        for number in range(first, self._count):
            yield number, rows[number * self._size : (number + 1) * self._size]


def windows(batch: Batch, steps: int | None) -> Iterator[Batch]:
    """Cut a batch of sequences into windows of at most `steps` steps, in the order of time.

    A window has the lengths that are left to its sequences. Without `steps` it is the batch.
    """
    if steps is None:
        yield batch
        return
    for first in range(0, batch.x.shape[1], steps):
        part = slice(first, first + steps)
        x = numpy.ascontiguousarray(batch.x[:, part])
        left = None
        if batch.lengths is not None:
            left = numpy.clip(batch.lengths - first, 0, x.shape[1])
        weights = batch.weights
        if weights is not None and weights.ndim > 1:
            weights = numpy.ascontiguousarray(weights[:, part])
        t = numpy.ascontiguousarray(batch.t[:, part])
        yield batch._replace(x=x, t=t, lengths=left, weights=weights)
