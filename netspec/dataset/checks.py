"""What the arrays of a data set must be; each fault is one sentence that names the first event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from .. import door
from ..errors import DataError, nearest

if TYPE_CHECKING:
    from ..data.rows import Rows
    from ..spec import NetworkSpec
    from ..targets import Answers


def shape_of_inputs(spec: NetworkSpec, x: Rows) -> tuple[int, ...]:
    """Give the shape of the inputs, events first."""
    wanted, found = spec.input.sizes, x.shape[1:]
    fits = len(x.shape) == 1 + len(wanted) and all(
        size in (None, there) for size, there in zip(wanted, found, strict=True)
    )
    if not fits:
        axes = ["events", *("steps" if size is None else str(size) for size in wanted)]
        raise DataError(f"{x.where}: wanted the shape ({', '.join(axes)}), found {x.shape}")
    if not x.shape[0]:
        raise DataError(f"{x.where}: wanted at least one event, found none")
    if 0 in found:
        raise DataError(f"{x.where}: wanted at least one step, found none")
    return x.shape


def rows(array: Rows, events: int) -> None:
    """Refuse an array that has not one row for each event."""
    if array.shape[:1] != (events,):
        found = f"{array.shape[0]}" if array.shape else "a single number"
        raise DataError(f"{array.where}: wanted {events} rows, one for each event, found {found}")


def state(spec: NetworkSpec, name: str, array: Rows) -> None:
    """Refuse a first state that is none of this network's."""
    wanted = spec.states()
    if name not in wanted:
        raise DataError(f"{array.where}: there is no state {name!r}{nearest(name, wanted)}")
    if reverse := [layer.name for layer in spec.layers if layer.reverses]:
        raise DataError(
            f"{array.where}: wanted layers that all read forward, found {reverse[0]!r}, which reads"
            " in reverse and takes no first state"
        )
    if array.shape[1:] != wanted[name]:
        shape = (array.shape[0], *wanted[name])
        raise DataError(f"{array.where}: wanted the shape {shape}, found {array.shape}")


def lengths(array: Rows | None, shape: tuple[int, ...]) -> Any:
    """Give the numbers of valid steps of all events in int64, or None."""
    if array is None:
        return None
    if len(shape) != 3:
        raise DataError(
            f"{array.where}: wanted an input of (steps, features), which alone has lengths"
        )
    found = _one_each(array)
    with numpy.errstate(invalid="ignore"):  # NaN becomes some number, unlike itself
        whole = found.astype("int64")
    right = (whole == found) & (whole >= 0) & (whole <= shape[1])
    _refuse(right, found, array.where, f"a whole number of steps, 0 to {shape[1]}")
    return whole


def weights(spec: NetworkSpec, array: Rows | None) -> Any:
    """Give the weights of all events in the spec's dtype, or None.

    Some may be negative, as generators of collisions give them; their sum may not.
    """
    if array is None:
        return None
    found = door.numbers(spec, _one_each(array), array.where).copy()
    _refuse(numpy.isfinite(found), found, array.where, "a finite weight")
    if not found.sum(dtype="float64") > 0:
        raise DataError(
            f"{array.where}: wanted weights whose sum is above 0,"
            f" found {found.sum(dtype='float64'):.9g}"
        )
    return found


def _one_each(array: Rows) -> Any:
    if len(array.shape) > 1 and array.shape[1:] != (1,):
        raise DataError(f"{array.where}: wanted one number for each event, found {array.shape}")
    return array.between(0, array.shape[0]).reshape(-1)


def _refuse(right: Any, found: Any, where: str, wanted: str) -> None:
    wrong = numpy.flatnonzero(~right)
    if len(wrong):
        raise DataError(f"{where}[{wrong[0]}]: wanted {wanted}, found {found[wrong[0]]:.9g}")


def finite(numbers: Any, where: str, rows: Any, valid: Any = None) -> None:
    """Refuse what is not finite, in valid steps only; `rows` are the numbers of the events."""
    right = numpy.isfinite(numbers)
    if right.all():
        return
    if valid is not None:
        right |= ~valid[:, :, None]
        if right.all():
            return
    row, *at = map(int, numpy.argwhere(~right)[0])
    place = ", ".join(map(str, [int(rows[row]), *at]))
    found = float(numbers[(row, *at)])
    raise DataError(f"{where}[{place}]: wanted a finite number of {numbers.dtype}, found {found}")


def ids(spec: NetworkSpec, x: Any, rows: Any, lengths: Any) -> None:
    """Refuse what is no id, where the network looks ids up; `lengths` are those of all events."""
    valid = None if lengths is None else lengths[rows]
    try:
        door.ids(spec, x, valid)
    except DataError:
        for n, row in enumerate(rows.tolist()):  # the same, each by its own number
            door.ids(spec, x[n : n + 1], None if valid is None else valid[n : n + 1], row)


def steps(answers: Answers, y: Rows, shape: tuple[int, ...]) -> None:
    """Refuse targets of another shape, or of another number of steps than the inputs."""
    answers.check(y.shape, y.where)
    if None in answers.axes and y.shape[1] != shape[1]:
        raise DataError(
            f"{y.where}: wanted {shape[1]} steps, as the events have, found {y.shape[1]}"
        )
