"""What the model computes with: the entries of its arrays, and plain numbers.

CuPy compiles with -ftz=true; so float32's subnormal numbers count as 0 here too, in whatever
computes, compares or converts.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .machine import Buffer, Machine

TINY = np.finfo(np.float32).tiny
SCALARS = (bool, int, float, np.generic)


class OnDevice:
    """What an array is to the model's own files: `host`, the entries, in `buffer`."""

    machine: ClassVar[Machine]  # of the CuPy that the class is of
    buffer: Buffer
    host: Any

    @property
    def values(self) -> Any:
        """What it holds when all that the current stream has in line is done."""
        self.machine.stream.synchronize()
        return self.host


def bare(value: Any) -> Any:
    """Give what an operand holds; raise TypeError for what CuPy does not take."""
    if isinstance(value, OnDevice):
        if value.buffer.gpu is not value.machine.gpu:
            raise ValueError(
                f"Array device must be same as the current device: array device = "
                f"{value.buffer.gpu.number} while current = {value.machine.number}."
            )
        return value.values
    if not isinstance(value, SCALARS):
        raise TypeError(f"Unsupported type {type(value)}")
    return value


def flushed(x: Any) -> Any:
    """Make zeros of float32's subnormal numbers."""
    if getattr(x, "dtype", None) != np.float32:
        return x
    return np.where(np.abs(x) < TINY, np.copysign(np.float32(0), x), x)


def computed(function: Any, *operands: Any) -> Any:
    """Run a function of numbers on each entry."""
    with np.errstate(all="ignore"):
        return ndarray_of(operands).of(flushed(function(*(flushed(bare(x)) for x in operands))))


def ndarray_of(operands: Any) -> Any:
    """Give the class of device arrays among the operands."""
    return next(type(x) for x in operands if isinstance(x, OnDevice))


def converted(x: Any, dtype: np.dtype[Any]) -> Any:
    if getattr(x, "dtype", dtype) == dtype:
        return x
    with np.errstate(all="ignore"):
        return flushed(flushed(x).astype(dtype))


def key_of(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(key_of(part) for part in key)
    if isinstance(key, OnDevice):
        return key.values
    if key is None or key is ... or isinstance(key, slice | int | np.integer):
        return key
    raise TypeError(f"the model takes no {type(key)} to index: bring it to the device")
