"""Events to train on or to evaluate with: inputs, targets, weights, lengths and first states.

    data = dataset.of_arrays(spec, (x, y), weights=w)
    data = dataset.open(spec, "jets.npz")          # or a csv file, or a folder of npy files
    batch = data.take(rows)                        # numbers of events, from 0

Whatever can be checked without reading everything is checked when a data set is made: shapes,
targets, weights and lengths always, inputs and states where they lie in memory. Those that lie in
files, or are mapped, are read and checked as they are taken, with the same error.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from .arrays import of_arrays
from .events import Batch, Dataset
from .files import open

if TYPE_CHECKING:
    from ..spec import NetworkSpec

__all__ = ["Batch", "Dataset", "of", "of_arrays", "open"]


def of(
    spec: NetworkSpec,
    data: Any,
    *,
    weights: Any = None,
    lengths: Any = None,
    state: Mapping[str, Any] | None = None,
    one_class: bool = False,
) -> Dataset:
    """Give the data set that `data` is, names by its path, or holds as arrays.

    Weights, lengths and states stand beside arrays only: a file and a `Dataset` have their own.
    `one_class` is as in `of_arrays`. Raises DataError where both are given, where a `Dataset` is
    one for another kind of network, and as `of_arrays` and `open` do.
    """
    if not isinstance(data, Dataset | str | PathLike):
        return of_arrays(
            spec, data, weights=weights, lengths=lengths, state=state, one_class=one_class
        )
    beside = {"weights": weights, "lengths": lengths, "state": state}
    if said := [name for name, value in beside.items() if value is not None]:
        where = "data" if isinstance(data, Dataset) else fspath(data)
        raise DataError(f"{where}: wanted {said[0]} in the data themselves, found some beside them")
    if not isinstance(data, Dataset):
        return open(spec, data, one_class=one_class)
    data.refuse_other(spec)
    return data
