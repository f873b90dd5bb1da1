"""Sequences of different lengths, given one by one, put side by side and padded with 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy

from .. import door
from ..errors import DataError

if TYPE_CHECKING:
    from ..spec import NetworkSpec


def sequences(x: Any, sizes: tuple[int | None, ...]) -> list[Any] | None:
    """Give the sequences of x one by one, where it is a list of several lengths; else None."""
    one_by_one = isinstance(x, list | tuple) or (
        isinstance(x, numpy.ndarray) and x.dtype == object and x.ndim == 1
    )
    if len(sizes) != 2 or not one_by_one:
        return None
    counts = {len(row) if hasattr(row, "__len__") else -1 for row in x}
    return list(x) if len(counts) > 1 and -1 not in counts else None


def padded(spec: NetworkSpec, some: list[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give x (events, steps, features) and lengths; and y, where it comes one by one as well.

    Raises DataError, which names the first sequence that does not fit.
    """
    if given.get("lengths") is not None:
        raise DataError("lengths: wanted none beside sequences that have their own, found some")
    steps, features = spec.input.sizes
    assert features is not None
    counts = numpy.array([len(row) for row in some], "int64")
    longest = int(counts.max()) if steps is None else steps
    x = numpy.zeros((len(some), longest, features), spec.dtype)
    for n, row in enumerate(some):
        numbers = door.numbers(spec, row, f"x[{n}]")
        if numbers.size == 0:
            numbers = numbers.reshape(0, features)
        if numbers.ndim != 2 or numbers.shape[1] != features or len(numbers) > longest:
            most = f"at most {steps}" if steps is not None else "steps"
            raise DataError(f"x[{n}]: wanted the shape ({most}, {features}), found {numbers.shape}")
        x[n, : len(numbers)] = numbers
    found = {"x": x, "lengths": counts}
    y = given["y"]
    if sequences(y, spec.input.sizes) is not None:
        found["y"] = _padded_targets(y, counts, longest)
    return found


def _padded_targets(y: Any, counts: Any, longest: int) -> Any:
    """Give y (events, steps, ...) for targets that come one by one, a row for each step."""
    rows = [numpy.asarray(row) for row in y]
    for n, (row, count) in enumerate(zip(rows, counts.tolist(), strict=False)):
        if len(row) != count:
            raise DataError(f"y[{n}]: wanted {count} steps, as x[{n}] has, found {len(row)}")
        if row.shape[1:] != rows[0].shape[1:]:
            raise DataError(
                f"y[{n}]: wanted steps of the shape {rows[0].shape[1:]}, found {row.shape[1:]}"
            )
    filled = [row for row in rows if len(row)] or rows[:1]
    try:
        dtype = numpy.result_type(*filled)
    except TypeError:
        raise DataError("y: wanted numbers, or texts, for all events, found both") from None
    found = numpy.zeros((len(rows), longest, *rows[0].shape[1:]), dtype)
    for n, row in enumerate(rows):
        found[n, : len(row)] = row
    return found
