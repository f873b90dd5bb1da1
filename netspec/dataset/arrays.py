"""Data sets of arrays: NumPy's, and anything that NumPy makes an array of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy

from .. import devices, targets
from ..data.rows import in_memory
from ..errors import DataError, nearest
from .events import STATE, Dataset
from .ragged import padded, sequences

if TYPE_CHECKING:
    from ..spec import NetworkSpec

ROLES = ("x", "y", "weights", "lengths")


def of_arrays(
    spec: NetworkSpec,
    data: Any,
    *,
    weights: Any = None,
    lengths: Any = None,
    state: Mapping[str, Any] | None = None,
    loss: Any = None,
    one_class: bool = False,
) -> Dataset:
    """Make a data set of `data`: (x, y), or a mapping of x, y, weights, lengths, state/NAME.

    x (events, *spec.input.sizes) holds real numbers of any kind, or is a list of sequences
    (steps, features) of different lengths; y is what `targets` says. `weights` (events,) multiply
    the loss, `lengths` (events,) count valid steps, `state` maps names ("lstm_1/h") to first states
    (events, units). Arrays are not copied, and must not change while they are in use; memory maps
    are read some rows at a time. `loss` is a record or its name, by default the spec's. With
    `one_class` events of a single class will do.

    Raises DataError, which names the first event that cannot be, SpecError for a network that
    cannot be trained with the loss.
    """
    given = _named(data) | {
        name: array
        for name, array in (("weights", weights), ("lengths", lengths))
        if array is not None
    }
    if state is not None and not isinstance(state, Mapping):
        raise DataError(f"state: wanted a mapping of arrays, found {type(state).__name__}")
    for name, array in (state or {}).items():
        given[STATE + name] = array
    if missing := [name for name in ("x", "y") if given.get(name) is None]:
        raise DataError(f"data: wanted x and y, found no {missing[0]}")
    if (some := sequences(given["x"], spec.input.sizes)) is not None:
        given |= padded(spec, some, given)
    columns = {
        name: in_memory(targets.array(array) if name == "y" else _real(array, name), name)
        for name, array in given.items()
        if array is not None
    }
    found = Dataset(spec, columns, loss)
    if not one_class:
        found.refuse_one_class()
    return found


def _named(data: Any) -> dict[str, Any]:
    """Give the arrays by name."""
    if isinstance(data, Mapping):
        for name in data:
            if name not in ROLES and not str(name).startswith(STATE):
                raise DataError(f"data: there is no {name!r}{nearest(name, [*ROLES, STATE])}")
        return dict(data)
    if isinstance(data, tuple | list) and len(data) == 2:
        return dict(zip("xy", data, strict=True))
    raise DataError(
        f"data: wanted (x, y) or a mapping of arrays, found {type(data).__name__}"
        + (f" of {len(data)}" if isinstance(data, tuple | list) else "")
    )


def _real(values: Any, what: str) -> Any:
    """Give an array of real numbers as it is; a memory map stays one."""
    devices.refuse(values, what)
    if isinstance(values, numpy.ma.MaskedArray) and numpy.ma.is_masked(values):
        raise DataError(f"{what}: wanted every number, found some masked: give filled(...)")
    try:
        array = values if isinstance(values, numpy.memmap) else numpy.asarray(values)
    except ValueError:
        raise DataError(f"{what}: wanted rows of one length, found rows of several") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what}: wanted real numbers, found an array of {array.dtype}")
    return array
