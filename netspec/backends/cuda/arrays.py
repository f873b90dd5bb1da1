"""An array on the GPU, as layers see it: what `netspec/backends/__init__.py` says, and no more.

It holds a `cupy.ndarray`, `bare`, and computes by kernels of our own (`elementwise.py`); to index,
to turn and to reshape is CuPy's, which then moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy

from . import elementwise


class DeviceArray:
    """A `cupy.ndarray`, `bare`, and the kernels `on` its device."""

    __slots__ = ("bare", "on")
    __array_ufunc__ = None  # NumPy leaves an operator to us, who then refuse its arrays
    __iter__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, bare: Any, on: Any) -> None:
        self.bare, self.on = bare, on

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "an array on the GPU does not become a NumPy array: backend.numpy copies it"
        )

    def __bool__(self) -> bool:
        raise TypeError("an array on the GPU has no truth value: backend.numpy copies it")

    def __len__(self) -> int:
        return len(self.bare)

    def __repr__(self) -> str:
        return f"<DeviceArray {self.shape} of {self.dtype} on cuda:{self.on.device.number}>"

    @property
    def shape(self) -> tuple[int, ...]:
        """Entries along each axis."""
        return tuple(self.bare.shape)

    @property
    def ndim(self) -> int:
        """How many axes."""
        return int(self.bare.ndim)

    @property
    def dtype(self) -> Any:
        """NumPy's type of an entry."""
        return self.bare.dtype

    @property
    def size(self) -> int:
        """How many entries."""
        return int(self.bare.size)

    @property
    def T(self) -> DeviceArray:
        """The axes the other way round; nothing moves."""
        return DeviceArray(self.bare.T, self.on)

    def __getitem__(self, key: Any) -> DeviceArray:
        return DeviceArray(self.bare[key], self.on)

    def __setitem__(self, key: Any, value: Any) -> None:
        elementwise.write(self.on, self.bare[key], _side(value))

    def reshape(self, *shape: Any) -> DeviceArray:
        """Give the entries, in row-major order, in another shape."""
        return DeviceArray(elementwise.plain(self.on, self.bare).reshape(*shape), self.on)

    def swapaxes(self, one: int, other: int) -> DeviceArray:
        """Change two axes for each other; nothing moves."""
        return DeviceArray(self.bare.swapaxes(one, other), self.on)

    def astype(self, dtype: Any) -> DeviceArray:
        """Give a copy of another type, each entry rounded to it."""
        return DeviceArray(elementwise.cast(self.on, self.bare, dtype), self.on)

    def __neg__(self) -> DeviceArray:
        return DeviceArray(elementwise.one(self.on, "negative", self.bare), self.on)

    def _two(self, word: str, x: Any, y: Any) -> Any:
        try:
            x, y = _side(x), _side(y)
        except TypeError:
            return NotImplemented
        return DeviceArray(elementwise.two(self.on, word, x, y), self.on)

    def __add__(self, other: Any) -> Any:
        return self._two("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._two("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._two("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._two("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return self._two("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._two("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._two("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._two("divide", other, self)

    def __lt__(self, other: Any) -> Any:
        return self._two("less", self, other)

    def __le__(self, other: Any) -> Any:
        return self._two("less_equal", self, other)

    def __gt__(self, other: Any) -> Any:
        return self._two("greater", self, other)

    def __ge__(self, other: Any) -> Any:
        return self._two("greater_equal", self, other)

    def __eq__(self, other: object) -> Any:
        return self._two("equal", self, other)

    def __ne__(self, other: object) -> Any:
        return self._two("not_equal", self, other)

    def __and__(self, other: Any) -> Any:
        return self._two("and", self, other)

    def __or__(self, other: Any) -> Any:
        return self._two("or", self, other)


class Zeros(DeviceArray):
    """+0 everywhere, in no memory as long as nobody has looked at them: they are `unseen`."""

    __slots__ = ("_dtype", "_shape", "unseen")

    def __init__(self, shape: Sequence[int], dtype: Any, on: Any) -> None:
        """Say how many there are, and of which type."""
        self._shape, self._dtype, self.on = tuple(shape), numpy.dtype(dtype), on
        self.unseen = True

    def __getattr__(self, name: str) -> Any:
        """Give `bare`, which is made now."""
        if name != "bare":
            raise AttributeError(name)
        self.bare, self.unseen = self.on.cupy.zeros(self._shape, self._dtype), False
        return self.bare

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def dtype(self) -> Any:
        return self._dtype

    @property
    def size(self) -> int:
        return prod(self._shape)

    def _two(self, word: str, x: Any, y: Any) -> Any:
        other = y if x is self else x
        like = isinstance(other, DeviceArray) and other is not self and self._dtype.kind == "f"
        if self.unseen and like and (other.shape, other.dtype) == (self.shape, self.dtype):
            x, y = (0.0, y) if x is self else (x, 0.0)
        return super()._two(word, x, y)


def _side(value: Any) -> Any:
    """Give the bare array or the plain number; raise TypeError for anything else."""
    if isinstance(value, DeviceArray):
        return value.bare
    if type(value) in (int, float, bool):
        return value
    raise TypeError(
        f"an array on the GPU does not mix with {type(value).__name__}:"
        " backend.array brings it there"
    )
