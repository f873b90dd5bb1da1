"""Which column of a file is which variable of a network.

A file with names may hold its columns in any order, and more of them than are wanted. Without
names the order is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DataError, nearest


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
