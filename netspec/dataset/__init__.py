"""Events to train on or to evaluate with: inputs, targets, weights, lengths and first states.

    data = dataset.of_arrays(spec, (x, y), weights=w)
    data = dataset.open(spec, "jets.npz")          # or a csv file, or a folder of npy files
    batch = data.take(rows)                        # numbers of events, from 0

Whatever can be checked without reading everything is checked when a data set is made: shapes,
targets, weights and lengths always, inputs and states where they lie in memory. Those that lie in
files, or are mapped, are read and checked as they are taken, with the same error.
"""

from __future__ import annotations

from .arrays import of_arrays
from .events import Batch, Dataset
from .files import open

__all__ = ["Batch", "Dataset", "of_arrays", "open"]
