"""What a caller may hand to a network, checked and brought to the spec's dtype.

Everything here works on NumPy arrays, before anything reaches a device, and raises DataError
in one sentence: which argument, what was wanted, what was found. `entrance/on_gpu.py` does the same
with arrays that lie on a GPU, which stay there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy

from .errors import DataError, first_line, nearest
from .spec import NetworkSpec

ROWS = 4096  # events that are looked at together: little memory beside the array itself


def numbers(spec: NetworkSpec, values: Any, what: str) -> Any:
    """Real numbers of any kind in the spec's dtype; complex, object and text are refused."""
    if isinstance(values, numpy.ma.MaskedArray) and numpy.ma.is_masked(values):
        raise DataError(f"{what}: wanted every number, found some masked: give filled(...)")
    try:
        array = numpy.asarray(values)
    except ValueError:
        raise DataError(f"{what}: wanted rows of one length, found rows of several") from None
    except (TypeError, RuntimeError) as error:  # of another library, which says what helps
        raise DataError(_no_array(values, what, error)) from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what}: wanted real numbers, found an array of {array.dtype}")
    wanted = numpy.dtype(spec.dtype)
    if array.dtype == wanted and array.flags.c_contiguous and array.flags.aligned:
        return array.view(wanted)  # NumPy may have several objects for one dtype
    with numpy.errstate(over="ignore"):
        # One layout in memory for all: BLAS may round another one differently.
        return array.astype(wanted, order="C")


def _no_array(values: Any, what: str, error: Exception) -> str:
    return (
        f"{what}: wanted an array in memory, found {type(values).__name__}, of which it says:"
        f" {first_line(error)}"
    )


def own(spec: NetworkSpec, values: Any, what: str) -> Any:
    """The same, a copy in any case."""
    return numbers(spec, values, what).copy()


def events(spec: NetworkSpec, values: Any) -> Any:
    """The input x (batch, *spec.input.sizes)."""
    x = numbers(spec, values, "x")
    fits(spec, x.shape)
    return x


def fits(spec: NetworkSpec, shape: tuple[int, ...]) -> None:
    """Check the shape of an input."""
    wanted = spec.input.sizes
    same = len(shape) == 1 + len(wanted) and all(
        size in (None, found) for size, found in zip(wanted, shape[1:], strict=True)
    )
    if not same:
        axes = ", ".join("steps" if size is None else str(size) for size in wanted)
        one = len(shape) == len(wanted)
        hint = ": put one event into a batch with x[None]" if one else ""
        raise DataError(f"x: wanted the shape (batch, {axes}), found {shape}{hint}")
    if 0 in shape[1:]:
        raise DataError("x: wanted at least one step, found none")


def ids(spec: NetworkSpec, x: Any, lengths: Any = None, first: int = 0) -> None:
    """Check the ids x (batch, ...) of a network that looks them up, on valid steps only.

    `first` is the number of the first event, where x is a part of more.
    """
    count = spec.layers[0].id_count
    if count is None:
        return
    for start in range(0, len(x), ROWS):
        part = x[start : start + ROWS]
        with numpy.errstate(invalid="ignore"):
            right = (part >= 0) & (part < count) & (numpy.floor(part) == part)
        if lengths is not None:
            steps = numpy.arange(x.shape[1]) >= lengths[start : start + ROWS, None]
            right |= steps.reshape(steps.shape + (1,) * (x.ndim - 2))
        if not right.all():
            event, *at = map(int, numpy.argwhere(~right)[0])
            where = f"step {at[0]}" if x.shape[2:] in ((), (1,)) else f"step {at[0]}, id {at[1]}"
            raise DataError(
                f"x: event {first + start + event}, {where}: wanted a whole number from 0 to"
                f" {count - 1}, found {part[(event, *at)].item():.17g}"
            )


def lengths(values: Any, x: Any) -> Any:
    """The numbers of valid steps (batch,) of the sequences x (batch, steps, features)."""
    if isinstance(values, numpy.ma.MaskedArray) and numpy.ma.is_masked(values):
        raise DataError("lengths: wanted every number, found some masked: give filled(...)")
    try:
        # A copy is checked, and used: another thread may write to the caller's own array.
        valid = numpy.array(values)
    except ValueError:
        raise DataError(f"lengths: wanted {len(x)} whole numbers, found rows of several") from None
    except (TypeError, RuntimeError) as error:
        raise DataError(_no_array(values, "lengths", error)) from None
    counts(valid, x)
    wrong = numpy.flatnonzero((valid < 0) | (valid > x.shape[1]))
    if len(wrong):
        raise DataError(
            f"lengths[{wrong[0]}]: wanted 0 to {x.shape[1]} steps, found {valid[wrong[0]]}"
        )
    return valid.astype(numpy.int64)


def counts(valid: Any, x: Any) -> None:
    """Check that lengths are whole numbers, one for each of some sequences."""
    if x.ndim != 3:
        raise DataError("lengths: wanted an input of (steps, features), which alone has lengths")
    if valid.dtype.kind not in "iu" or valid.shape != (len(x),):
        raise DataError(
            f"lengths: wanted {len(x)} whole numbers, found {valid.dtype} of shape {valid.shape}"
        )


def state(
    spec: NetworkSpec,
    given: Mapping[str, Any],
    batch: int,
    read: Callable[[NetworkSpec, Any, str], Any] = own,
) -> dict[str, Any]:
    """The states that carry sequences on: {"lstm_1/h": (batch, units)}; any may be left out.

    `read` gives the numbers of one, a copy: a way back may want it as it is now.
    """
    if not isinstance(given, Mapping):
        raise DataError(f"state: wanted a mapping of arrays by name, found {type(given).__name__}")
    reverse = [layer.name for layer in spec.layers if layer.reverses]
    if given and reverse:
        raise DataError(
            f"state: wanted layers that all read forward, found {reverse[0]!r}, which reads in"
            " reverse and cannot carry a sequence on"
        )
    wanted, checked = spec.states(), {}
    for name, values in given.items():
        if name not in wanted:
            raise DataError(f"state: there is no state {name!r}{nearest(name, wanted)}")
        array, shape = read(spec, values, f"state {name}"), (batch, *wanted[name])
        if array.shape != shape:
            raise DataError(f"state {name}: wanted the shape {shape}, found {array.shape}")
        checked[name] = array
    return checked


def slopes(results: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Check the slopes of a loss in some results against those: names, shapes, dtypes.

    They are arrays of the device already, and would be stretched to fit without a word.
    """
    for name, slope in given.items():
        if name not in results:
            raise DataError(f"dstate: there is no state {name!r}{nearest(name, results)}")
        shape, dtype = results[name].shape, results[name].dtype
        found = getattr(slope, "shape", None), getattr(slope, "dtype", None)
        if found != (shape, dtype):
            of = "no shape" if found[0] is None else f"the shape {found[0]}"
            raise DataError(
                f"the slope in {name}: wanted {dtype} of the shape {shape},"
                f" found {found[1] or type(slope).__name__} of {of}"
            )
