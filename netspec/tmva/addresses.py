"""Where a script keeps the value of a variable, and numbers as TMVA takes them: floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy

from ..errors import DataError

LONGEST_NAME: Final = 60  # characters of a name in an error


def refuse_other_addresses(verb: str, expression: str, address: Any) -> None:
    """Raise DataError for an address that holds no floats, as TMVA does for integers."""
    code = code_of(address)
    found = f"{type(address).__name__} of type {code!r}"
    if code in ("f", "d", "") and not isinstance(address, str | bytes | bytearray | Mapping):
        axes = getattr(address, "ndim", 1)
        if axes == 1 and length_of(address) and hasattr(address, "__getitem__"):
            return
        if not hasattr(address, "__getitem__") and hasattr(address, "value"):
            return
        found += f" with {axes} axes" if axes != 1 else ""
    raise DataError(
        f"{verb}: {shown(expression)}: wanted the place of a float, array('f', [0.0]) or the like,"
        f" found {found}"
    )


def code_of(address: Any) -> str:
    """Give the letter of the numbers at an address, as array and struct have it; "" is unknown."""
    if (dtype := getattr(address, "dtype", None)) is not None:
        return "f" if getattr(dtype, "kind", "f") == "f" else str(dtype.kind)
    held = getattr(address, "_type_", "")  # of ctypes: a letter, or the type of an array's numbers
    letter = getattr(held, "_type_", held)
    return str(getattr(address, "typecode", getattr(address, "format", letter)))


def length_of(address: Any) -> int:
    """Give how many numbers stand at an address."""
    return int(numpy.size(address)) if hasattr(address, "__len__") else 1


def value_at(expression: str, address: Any, number: int) -> Any:
    """Give what stands at an address now. Raises DataError where none was given."""
    if address is None:
        raise DataError(
            f"{shown(expression)} was registered without an address: give one to AddVariable, or"
            " the values of the event to the verb"
        )
    return address[number] if hasattr(address, "__getitem__") else address.value


def as_array(numbers: Any, what: str) -> Any:
    """Give numbers as an array of whatever dtype. Raises DataError for lists of unlike lengths."""
    try:
        return numpy.asarray(numbers)
    except ValueError:
        raise DataError(
            f"{what}: wanted as many numbers everywhere, found more and fewer"
        ) from None


def floats(numbers: Any, what: str) -> Any:
    """Give numbers as float32: what is beyond it becomes infinite, None becomes NaN.

    Raises DataError for texts and whatever else is no real number.
    """
    x = as_array(numbers, what)
    if x.dtype.kind in "fiubO":
        try:
            with numpy.errstate(over="ignore"):
                return x.astype(numpy.float32)
        except (TypeError, ValueError, OverflowError):
            pass
    raise DataError(f"{what}: wanted real numbers, found {x.dtype}")


def shown(name: str) -> str:
    """Give a name as an error shows it."""
    return repr(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}...")
