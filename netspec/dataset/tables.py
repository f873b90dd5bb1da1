"""A table of events: which columns are variables, which are targets, weights and lengths.

Columns are called by name, or by number from 0 (-1: the last) where the first line has no names.
A table is read into memory, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..data.columns import fitting
from ..data.computed import Computed, find
from ..data.rows import Held
from ..data.sequences import Sequences, features
from ..data.table import Table
from ..errors import DataError, nearest

if TYPE_CHECKING:
    from ..data import Source
    from ..data.csv import Csv
    from ..expressions import Tree

    AnyTable = Csv | Table

AT_ONCE = 4096  # rows
TARGETS = ("y", "target")  # columns that hold the targets where nobody names others
Column = str | int


class Wanted(NamedTuple):
    """What to look for: `variables`, the names that each number of an event goes by, or () where
    the order counts; `sizes`, the shape of an event; the columns of targets, weights and lengths.

    `targets` are names by which the spec calls them. `sequences`: an event may have a length.
    """

    variables: Sequence[Sequence[str]]
    sizes: tuple[int | None, ...]
    dtype: str
    target: Sequence[Column] | None
    targets: Sequence[str]
    weights: Column | None
    lengths: Column | None
    sequences: bool


def read(table: AnyTable, where: str, wanted: Wanted) -> dict[str, Held]:
    """Give x, y and, where they are there, weights and lengths.

    Variables that are no columns are computed, where they are expressions of some; arrays of a tree
    may be the features of sequences. Raises DataError for columns that are not there, and cells
    that are no numbers. A column of targets may hold names.
    """
    places = _places(table, where, wanted)
    with_names = _holds_names(table, places["y"])
    columns: dict[str, Sequence[int | Tree]] = {
        role: some for role, some in places.items() if role != "y" or not with_names
    }
    found: dict[str, Any] = {}
    if (sequences := _sequences(table, wanted, places)) is not None:
        found |= _steps(sequences, wanted.dtype)
    else:
        columns["x"] = _variables(table, where, wanted, places)
    found |= _numbers(table, columns, wanted.dtype)
    if with_names:
        found["y"] = numpy.array(list(table.texts(places["y"])), "U")
    for name in set(found) - {"x"}:
        if found[name].ndim > 1 and found[name].shape[1] == 1:
            found[name] = found[name][:, 0]
    shape = fitting(wanted.sizes, found["x"].shape[1:], where)
    found["x"] = found["x"].reshape(-1, *shape)
    return {name: Held(array, f"{where}: {name}") for name, array in found.items()}


def _numbers(
    table: AnyTable, columns: dict[str, Sequence[int | Tree]], dtype: str
) -> dict[str, Any]:
    """Read the columns of each role: x in `dtype`, the others in float64."""
    found = {
        role: numpy.empty((table.shape[0], len(some)), dtype if role == "x" else "float64")
        for role, some in columns.items()
    }
    flat = [column for some in columns.values() for column in some]
    numbers = [column for column in flat if isinstance(column, int)]
    whole = len(numbers) == len(flat)
    source: Source = table if whole else Computed(table, flat)
    first = 0
    for chunk in source.chunks(AT_ONCE, numbers if whole else None) if flat else ():
        left = 0
        for role, some in columns.items():
            with numpy.errstate(over="ignore"):
                found[role][first : first + len(chunk.x)] = chunk.x[:, left : left + len(some)]
            left += len(some)
        first += len(chunk.x)
    return found


def _sequences(table: AnyTable, wanted: Wanted, places: dict[str, list[int]]) -> Sequences | None:
    """Give the table as sequences, where arrays of it are the features."""
    if not isinstance(table, Table):
        return None
    others = {table.branch_of(place).name for some in places.values() for place in some}
    some = features(table, wanted.sizes, wanted.variables, sorted(others))
    return Sequences(table, some, wanted.sizes[0]) if some else None


def _steps(sequences: Sequences, dtype: str) -> dict[str, Any]:
    """Read x (rows, steps, features) and, where they may differ, the lengths."""
    x = numpy.empty(sequences.shape, dtype)
    lengths = numpy.empty(len(x), "int64")
    first = 0
    for chunk in sequences.chunks(AT_ONCE):
        end = first + len(chunk.x)
        with numpy.errstate(over="ignore"):
            x[first:end] = chunk.x
        if chunk.lengths is not None:
            lengths[first:end] = chunk.lengths
        first = end
    return {"x": x} | ({"lengths": lengths} if sequences.has_lengths else {})


def variables(table: AnyTable, where: str, wanted: Wanted) -> tuple[str, ...]:
    """Give the names of the columns that `read` takes for x; () where they have none."""
    if not table.columns or len(wanted.sizes) != 1:
        return ()
    places = _variables(table, where, wanted, _places(table, where, wanted))
    return tuple(
        table.columns[place] if isinstance(place, int) else wanted.variables[k][0]
        for k, place in enumerate(places)
    )


def _places(table: AnyTable, where: str, wanted: Wanted) -> dict[str, list[int]]:
    """Give the numbers of the columns that are not variables."""
    names = table.columns
    target = wanted.target
    if target is None and names:
        defaults = [(name,) for name in TARGETS]
        of_spec = [tuple(wanted.targets)] if wanted.targets else []
        target = next((some for some in [*of_spec, *defaults] if set(some) <= set(names)), None)
    if not target:
        unnamed = ", by its number, from 0: the first line has no names"
        hint = nearest("y", names) if names else unnamed
        raise DataError(f"{where}: wanted a column y, or `target`, the column of the targets{hint}")
    found = {"y": [_place(table, where, column) for column in target]}
    for role, column in (("weights", wanted.weights), ("lengths", wanted.lengths)):
        if column is None and role in names and (role == "weights" or wanted.sequences):
            column = role
        if column is not None:
            found[role] = [_place(table, where, column)]
    return found


def _place(table: AnyTable, where: str, column: Column) -> int:
    if isinstance(column, str) and column in table.columns:
        return table.columns.index(column)
    count = table.shape[1]
    try:
        number = int(column)
    except ValueError:
        number = count
    if not -count <= number < count or (isinstance(column, str) and table.columns):
        known = nearest(column, table.columns) if table.columns else f" (columns: 0 to {count - 1})"
        raise DataError(f"{where}: no column {column!r}{known}")
    return number % count


def _variables(
    table: AnyTable, where: str, wanted: Wanted, places: dict[str, list[int]]
) -> Sequence[int | Tree]:
    if wanted.variables and table.columns and len(wanted.sizes) == 1:
        return find(table, wanted.variables, where)
    taken = {place for some in places.values() for place in some}
    return [place for place in range(table.shape[1]) if place not in taken]


def _holds_names(table: AnyTable, places: list[int]) -> bool:
    """Whether the first row has a text where a target is wanted."""
    for cell in next(table.texts(places), []):
        try:
            float(cell)
        except ValueError:
            return bool(cell)  # nothing is no name
    return False
