"""A table of events: which columns are variables, which are targets, weights and lengths.

Columns are called by name, or by number from 0 (-1: the last) where the first line has no names.
A table is read into memory, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..errors import DataError, nearest
from .columns import fitting, order
from .rows import Held

if TYPE_CHECKING:
    from .csv import Csv

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


def read(table: Csv, where: str, wanted: Wanted) -> dict[str, Held]:
    """Give x, y and, where they are there, weights and lengths.

    Raises DataError for columns that are not there, and cells that are no numbers. A column of
    targets may hold names.
    """
    places = _places(table, where, wanted)
    x_columns = _variables(table, where, wanted, places)
    shape = fitting(wanted.sizes, (len(x_columns),), where)
    with_names = _holds_names(table, places["y"])
    numbers = {"x": x_columns} | {k: v for k, v in places.items() if k != "y" or not with_names}
    columns = [place for some in numbers.values() for place in some]
    found: dict[str, Any] = {
        name: numpy.empty((table.shape[0], len(some)), wanted.dtype if name == "x" else "float64")
        for name, some in numbers.items()
    }
    first = 0
    for chunk in table.chunks(AT_ONCE, columns):
        left = 0
        for name, some in numbers.items():
            with numpy.errstate(over="ignore"):
                found[name][first : first + len(chunk.x)] = chunk.x[:, left : left + len(some)]
            left += len(some)
        first += len(chunk.x)
    if with_names:
        found["y"] = numpy.array(list(table.texts(places["y"])), "U")
    for name in set(found) - {"x"}:
        if found[name].shape[1] == 1:
            found[name] = found[name][:, 0]
    found["x"] = found["x"].reshape(-1, *shape)
    return {name: Held(array, f"{where}: {name}") for name, array in found.items()}


def variables(table: Csv, where: str, wanted: Wanted) -> tuple[str, ...]:
    """Give the names of the columns that `read` takes for x; () where they have none."""
    if not table.columns:
        return ()
    places = _variables(table, where, wanted, _places(table, where, wanted))
    return tuple(table.columns[place] for place in places)


def _places(table: Csv, where: str, wanted: Wanted) -> dict[str, list[int]]:
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


def _place(table: Csv, where: str, column: Column) -> int:
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


def _variables(table: Csv, where: str, wanted: Wanted, places: dict[str, list[int]]) -> list[int]:
    if wanted.variables and table.columns and len(wanted.sizes) == 1:
        return order(wanted.variables, table.columns, where)
    taken = {place for some in places.values() for place in some}
    return [place for place in range(table.shape[1]) if place not in taken]


def _holds_names(table: Csv, places: list[int]) -> bool:
    """Whether the first row has a text where a target is wanted."""
    for cell in next(table.texts(places), []):
        try:
            float(cell)
        except ValueError:
            return bool(cell)  # nothing is no name
    return False
