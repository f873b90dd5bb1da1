"""Data sets of files: npz archives, csv and parquet tables, trees, folders of npy files.

npz, folder     arrays x, y, perhaps weights, lengths, state/NAME; other names can be said
csv, parquet,   columns: y or target, perhaps weights, lengths; the others are the inputs, or those
trees of ROOT   that the spec names, computed where they are expressions of some
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from .. import data, targets
from ..data import columns, folder, npy
from ..data.places import place
from ..data.rows import Held, Rows
from ..errors import DataError, nearest
from . import tables
from .events import STATE, Dataset

if TYPE_CHECKING:
    from ..spec import NetworkSpec

Column = str | int


def open(
    spec: NetworkSpec,
    path: str | PathLike[str],
    *,
    format: str | None = None,
    target: Column | Sequence[Column] | None = None,
    weights: Column | None = None,
    lengths: Column | None = None,
    loss: Any = None,
    one_class: bool = False,
) -> Dataset:
    """Open a file of events, or a folder of npy files, of which only what is taken is read.

    `target`, `weights` and `lengths` name arrays (by default y, weights, lengths) or columns, a
    column also by its number, from 0. The variables of a table are found by the spec's names where
    both sides have names and an event is one row, and else taken in their order. `format` names the
    kind of file where its suffix does not; `loss` and `one_class` are as in `of_arrays`.

    Raises DataError for a file that is not what its kind promises, and as `of_arrays` does; OSError
    where it cannot be read.
    """
    path = Path(path)
    variables: tuple[str, ...] = ()
    names = [target] if isinstance(target, str | int) else target
    if path.is_dir():
        found = _of_arrays(folder.arrays(path), str(path), names, weights, lengths)
    else:
        file = place(path).file
        if str(path) == "-" or file.is_fifo() or file.is_char_device():
            raise DataError(
                f"{path}: wanted a file, which can be read twice, found a stream: save it first"
            )
        kind = data.kind(path, format)
        if hasattr(kind, "arrays"):
            with kind.arrays(path) as arrays:
                found = _of_arrays(arrays, str(path), names, weights, lengths)
        else:
            found, variables = _of_table(spec, kind, path, names, weights, lengths, loss)
    events = Dataset(spec, {**found, "x": _shaped(spec, found["x"])}, loss, variables)
    if not one_class:
        events.refuse_one_class()
    return events


def _of_arrays(
    arrays: data.Arrays,
    where: str,
    target: Sequence[Column] | None,
    weights: Column | None,
    lengths: Column | None,
) -> dict[str, Rows]:
    if target is not None and len(target) != 1:
        raise DataError(f"{where}: wanted one array of targets, found {len(target)} names")
    named = {"x": "x", "y": target[0] if target else "y", "weights": weights, "lengths": lengths}
    found: dict[str, Rows] = {}
    for role, name in named.items():
        name = role if name is None and role in arrays.names else name
        if name is None:
            continue
        if name not in arrays.names:
            hint = nearest(name, arrays.names)
            if role == "y" and target is None:
                hint += ": targets are wanted beside x, in an npz file or a folder of npy files"
            raise DataError(f"{where}: there is no array {name!r}{hint}")
        kinds = npy.NUMBERS + npy.TEXTS if role == "y" else npy.NUMBERS
        found[role] = arrays.rows(str(name), kinds)
    states = [name for name in arrays.names if name.startswith(STATE)]
    return found | {name: arrays.rows(name) for name in states}


def _of_table(
    spec: NetworkSpec,
    kind: Any,
    path: Path,
    target: Sequence[Column] | None,
    weights: Column | None,
    lengths: Column | None,
    loss: Any,
) -> tuple[dict[str, Rows], tuple[str, ...]]:
    wanted = tables.Wanted(
        tuple(columns.names(spec.input.variables)),
        spec.input.sizes,
        spec.dtype,
        target,
        [name for names in columns.names(spec.output.targets) for name in names[:1]],
        weights,
        lengths,
        len(spec.input.sizes) == 2,
    )
    with kind.open(path, None, None) as table:
        found = dict(tables.read(table, str(path), wanted))
        variables = tables.variables(table, str(path), wanted)
    y, axes = found["y"], targets.answers(spec, loss).axes
    if axes and len(y.shape) == 2:
        # The cells of an event in the order of the axes, as for x.
        shape = (y.shape[0], *(found["x"].shape[1] if size is None else size for size in axes))
        if y.shape[1] % int(numpy.prod(shape[1:])) == 0:
            y = Held(y.between(0, y.shape[0]).reshape(*shape, -1), y.where)
    return {**found, "y": y}, variables if len(spec.input.sizes) == 1 else ()


def _shaped(spec: NetworkSpec, x: Rows) -> Rows:
    """Give x; `shape` says what its rows are for the spec, whatever the file says."""
    return _Reshaped(x, columns.fitting(spec.input.sizes, x.shape[1:], x.where))


class _Reshaped:
    """Rows of another shape of event, and the same numbers."""

    def __init__(self, rows: Rows, event: tuple[int, ...]) -> None:
        self.where, self.dtype, self.stored = rows.where, rows.dtype, rows.stored
        self.shape = (rows.shape[0], *event)
        self._rows = rows

    def take(self, rows: Any) -> Any:
        return self._rows.take(rows).reshape(-1, *self.shape[1:])

    def between(self, first: int, end: int) -> Any:
        return self._rows.between(first, end).reshape(-1, *self.shape[1:])
