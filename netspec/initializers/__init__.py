"""How weights start: one file each, found by walking this folder.

An initializer is a module with `draw(stream, shape)`, which returns float64 numbers of that
shape; they are rounded once to the network's dtype. The last two axes of a shape are a
matrix's outputs and inputs; what stands before them (the gates of a cell) is drawn gate by
gate. A number in place of a name fills the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy

from ..errors import SpecError, nearest
from ..randomness import Stream


def known() -> list[str]:
    """The names of all initializers."""
    return [module.name for module in iter_modules(__path__)]


def draw(initializer: str | float, stream: Stream, shape: Sequence[int], dtype: str) -> Any:
    """Return the first values of one array.

    Raises SpecError when no initializer has that name, or the dtype cannot hold the number.
    """
    if not isinstance(initializer, str):
        if abs(initializer) > float(numpy.finfo(dtype).max):
            raise SpecError(f"wanted a number that {dtype} can hold, found {initializer}")
        return numpy.full(shape, initializer, dtype)
    if initializer not in known():
        raise SpecError(f"there is no initializer {initializer!r}{nearest(initializer, known())}")
    values = import_module(f"{__name__}.{initializer}").draw(stream, shape)
    return values.astype(dtype)
