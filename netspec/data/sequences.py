"""Sequences out of branches: each a feature with an array of steps, or each a step of features.

    hits_x       [1.5, 0.3, 2.2]    a feature: an entry for each step, as many as the event has
    hits_y       [0.1, 4.0, 1.7]
    vars_time0   [x1, x2, x3]       a step: an entry for each feature, always as many
    vars_time1   [x1, x2, x3]

Where the network's features have names, branches are found by them. Else arrays of any length are
features, in the order of the file, and arrays of a fixed length are what their number says; where
it says both, as of ten arrays of ten numbers, somebody has to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import numpy

from ..errors import DataError, nearest
from . import Chunk
from .ragged import Ragged

if TYPE_CHECKING:
    from .branches import Branch
    from .table import Table

WAYS: Final = ("features", "steps")
ROWS: Final = 2**16  # events whose lengths are counted together


def features(
    table: Table,
    sizes: tuple[int | None, ...],
    wanted: Sequence[Sequence[str]] = (),
    leave: Sequence[str] = (),
    way: str | None = None,
) -> list[Branch]:
    """Give the branches that are the features of events (steps, features), in their order.

    `wanted` holds the names that each feature goes by, `leave` those of branches that are none,
    `way` may say what an array of a fixed length is, where it is not plain. An empty list means
    that columns are to be taken as they stand, step after step. Raises DataError where branches are
    missing or too many, or might be either.
    """
    if way is not None and way not in WAYS:
        raise DataError(f"{table.where}: an array is no {way!r}{nearest(way, WAYS)}")
    if len(sizes) != 2 or way == "steps":
        return []
    named, missing = _named(table, wanted)
    if named and not missing:
        return named
    arrays = [b for b in table.branches.values() if _is_array(b) and b.name not in leave]
    ragged = [branch for branch in arrays if branch.ragged]
    steps, count = sizes
    if not (named or ragged or way) and _by_number(table, arrays, steps, count) == "steps":
        return []
    if missing:  # their order in the file says nothing of arrays that are wanted by name
        raise DataError(f"{table.where}: no array for the feature {'; '.join(missing[:5])}")
    some = ragged or arrays
    if len(some) != count:
        names = ", ".join(branch.name for branch in some[:5]) + ", ..." * (len(some) > 5)
        raise DataError(
            f"{table.where}: wanted {count} arrays, one for each feature, found {len(some)}"
            f"{f' ({names})' if names else ''}: name the features in the spec's input, or leave out"
            " what is none (netspec predict: --leave NAME)"
        )
    return some


def _is_array(branch: Branch) -> bool:
    return bool(branch.dtype) and (branch.ragged or len(branch.shape) == 1)


def _named(table: Table, wanted: Sequence[Sequence[str]]) -> tuple[list[Branch], list[str]]:
    """Give the arrays of these names, and the names that none has, each with the nearest."""
    found, missing = [], []
    for names in wanted:
        arrays = [table.branches[n] for n in names if n in table.branches]
        arrays = [branch for branch in arrays if _is_array(branch)]
        found += arrays[:1]
        missing += [] if arrays else [f"{names[0]!r}{nearest(names[0], table.branches)}"]
    return found, missing


def _by_number(table: Table, arrays: list[Branch], steps: int | None, count: int | None) -> str:
    """Say what arrays of a fixed length are: features, or steps (and all that is neither)."""
    sizes = {branch.elements for branch in arrays}
    if len(sizes) != 1:
        return "steps"
    size = sizes.pop()
    as_features = len(arrays) == count and steps in (None, size)
    as_steps = size == count and steps in (None, len(arrays))
    if as_features and as_steps and size > 1:
        raise DataError(
            f"{table.where}: {len(arrays)} arrays of {size} numbers are steps as well as features:"
            " netspec predict is told by --branches steps or --branches features"
        )
    return "features" if as_features else "steps"


class Sequences:
    """A table as a source of x (rows, steps, features), and lengths where they may differ."""

    columns: tuple[str, ...] = ()

    def __init__(
        self, table: Table, some: Sequence[Branch], steps: int | None, cut: bool = False
    ) -> None:
        """Take branches for features; events of more than `steps` are cut, or refused.

        Without `steps` the longest event of the table decides, which is looked for at once.
        """
        if table.has_lengths:
            raise DataError(f"{table.where}: wanted arrays that count their steps, found lengths")
        self._table, self._cut = table, cut
        self._names = [branch.name for branch in some]
        dtypes = [branch.dtype for branch in some]
        self._dtype = numpy.result_type("float32", *dtypes)
        fixed = {branch.elements for branch in some if not branch.ragged}
        self.has_lengths = any(branch.ragged for branch in some) or fixed != {steps or max(fixed)}
        self.shape: tuple[int, ...] = (table.shape[0], steps or self._longest(), len(some))

    def _longest(self) -> int:
        blocks = self._table.parts(self._names[:1], ROWS)
        held = (block[self._names[0]] for block in blocks)
        return max((int(_lengths(one).max()) for one in held), default=1) or 1

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the events, at most so many at a time; what is behind an event's steps is 0."""
        first = 0
        for part in self._table.parts(self._names, rows):
            block = {name: part[name] for name in self._names}
            lengths = self._checked(block, first)
            x = numpy.zeros((len(lengths), *self.shape[1:]), self._dtype)
            for k, name in enumerate(self._names):
                held, steps = block[name], x[:, :, k]
                if isinstance(held, Ragged):
                    held.fill(steps)
                else:
                    width = min(held.shape[1], steps.shape[1])
                    steps[:, :width] = held[:, :width]
            yield Chunk(x, lengths if self.has_lengths else None)
            first += len(lengths)

    def _checked(self, block: dict[str, Any], first: int) -> Any:
        """Give the lengths of some events; refuse those that differ from feature to feature."""
        own, *others = self._names
        lengths = _lengths(block[own])
        for name in others:
            found = _lengths(block[name])
            if len(wrong := numpy.flatnonzero(found != lengths)):
                row = int(wrong[0])
                raise DataError(
                    f"{self._table.where}: event {first + row}: {name}: wanted {lengths[row]}"
                    f" entries, as {own} has, found {found[row]}"
                )
        most = self.shape[1]
        if not self._cut and len(wrong := numpy.flatnonzero(lengths > most)):
            row = int(wrong[0])
            raise DataError(
                f"{self._table.where}: event {first + row}: {own}: wanted at most {most} entries,"
                f" one for each step, found {lengths[row]}: an input without `steps` takes all of"
                f" them, and netspec predict with --cut the first {most}"
            )
        return numpy.minimum(lengths, most)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close the table."""
        self._table.__exit__(*error)


def _lengths(held: Any) -> Any:
    return held.lengths if isinstance(held, Ragged) else numpy.full(len(held), held.shape[1])
