"""Which column of a file is which variable of a network, and what shape an event has.

A file with names may hold its columns in any order, and more of them than are wanted. Without
names the order is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import Any

from ..errors import DataError, nearest


def names(variables: Iterable[Any]) -> Iterator[list[str]]:
    """Yield, for each number that a spec's variables stand for, the names its column may have."""
    for variable in variables:
        each = [variable.name, *filter(None, [variable.expression, variable.title])]
        if variable.type != "F[]":
            yield each
            continue
        for element in range(variable.size):
            yield [f"{name}[{element}]" for name in each]


def order(wanted: Sequence[Sequence[str]], found: Sequence[str], where: str) -> list[int]:
    """Give for every variable the number of its column.

    `wanted` holds for each variable the names it goes by, the first one its own.
    Raises DataError naming every variable without a column, with the nearest name.

    >>> order([["pt", "jet_pt"], ["eta"]], ["weight", "eta", "jet_pt"], "jets.csv")
    [2, 1]
    """
    places = {name: number for number, name in enumerate(found)}
    columns, missing = [], []
    for names in wanted:
        known = [places[name] for name in names if name in places]
        columns += known[:1]
        if not known:
            missing.append(names[0])
    if missing:
        shown = [f"{name!r}{nearest(name, found)}" for name in missing[:5]]
        shown += [f"and {len(missing) - 5} more"] if len(missing) > 5 else []
        raise DataError(f"{where}: no column for the variable {'; '.join(shown)}")
    return columns


def fitting(wanted: tuple[int | None, ...], found: tuple[int, ...], where: str) -> tuple[int, ...]:
    """Give the shape of one event, its number of steps filled in; `wanted` is a spec's.

    The right count of numbers in a row is taken in the order of the axes, steps slowest, and put in
    a row where a row is wanted; of two shapes with several axes none is taken for the other.
    Raises DataError where an event of the shape `found` is none.

    >>> fitting((None, 3), (12,), "jets.csv")
    (4, 3)
    """
    if len(found) == len(wanted) and all(
        size in (None, there) for size, there in zip(wanted, found, strict=True)
    ):
        return found
    count, known = prod(found), prod(size for size in wanted if size is not None)
    steps = count // known if None in wanted else 1
    if 1 in (len(found), len(wanted)) and count and known * steps == count:
        return tuple(steps if size is None else size for size in wanted)
    raise DataError(
        f"{where}: wanted events of {_in_words(wanted)} numbers, "
        f"found {_in_words(found) or 'one number each'}"
    )


def _in_words(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape)
