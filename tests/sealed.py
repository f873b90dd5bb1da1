"""A backend whose arrays refuse to become NumPy arrays behind the backend's back.

Its arrays can do what `netspec/backends/__init__.py` says an array can do, and nothing else:
as on a GPU, only `array` and `numpy` go in and out. A layer that calls NumPy, asks `if x:`,
iterates, or mixes in a NumPy array fails here, on a machine without any GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from netspec.backends import PRIMITIVES, Backend
from netspec.backends.numpy import NumpyBackend

WITHIN = NumpyBackend()


class SealedArray:
    """Values that only the backend can see."""

    __slots__ = ("_values",)
    __array_ufunc__ = None
    __array_function__ = None
    __iter__ = None
    __len__ = None
    __hash__ = None

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a sealed array does not become a NumPy array; use backend.numpy")

    def __bool__(self) -> NoReturn:
        raise TypeError("a sealed array has no truth value: the device would have to be asked")

    def __getitem__(self, key: Any) -> SealedArray:
        return SealedArray(self._values[allowed_key(key)])

    def __setitem__(self, key: Any, value: SealedArray | float) -> None:
        self._values[allowed_key(key)] = opened(value)

    shape = property(lambda self: self._values.shape)
    ndim = property(lambda self: self._values.ndim)
    dtype = property(lambda self: self._values.dtype)
    T = property(lambda self: SealedArray(self._values.T))

    def reshape(self, *shape: Any) -> SealedArray:
        return SealedArray(self._values.reshape(*shape))

    def astype(self, dtype: Any) -> SealedArray:
        return SealedArray(self._values.astype(dtype))

    def swapaxes(self, one: int, other: int) -> SealedArray:
        return SealedArray(self._values.swapaxes(one, other))

    def __neg__(self) -> SealedArray:
        return SealedArray(-self._values)


def operator(name: str) -> Callable[[SealedArray, Any], SealedArray]:
    """Give one of NumPy's operators, for sealed arrays and plain numbers only."""

    def method(self: SealedArray, other: SealedArray | float) -> SealedArray:
        return SealedArray(getattr(self._values, name)(opened(other)))

    return method


def refused(name: str) -> Callable[..., NoReturn]:
    """Give an operator that is not among those a layer may use."""

    def method(*_: Any) -> NoReturn:
        raise TypeError(f"{name} is not among what an array can do on every backend")

    return method


ALLOWED = ["add", "sub", "mul", "truediv", "radd", "rsub", "rmul", "rtruediv"]
ALLOWED += ["lt", "le", "gt", "ge", "eq", "ne", "and", "or"]
REFUSED = ["iadd", "isub", "imul", "itruediv", "pow", "rpow", "matmul", "rmatmul", "mod"]
REFUSED += ["floordiv", "float", "int", "index"]
for _name in ALLOWED:
    setattr(SealedArray, f"__{_name}__", operator(f"__{_name}__"))
for _name in REFUSED:
    setattr(SealedArray, f"__{_name}__", refused(_name))


def allowed_key(key: Any) -> Any:
    """Let integers, slices, None and ... pass; refuse arrays and lists."""
    for part in key if isinstance(key, tuple) else (key,):
        if not (part is None or part is Ellipsis or isinstance(part, slice | int)):
            raise TypeError(
                f"an array is indexed with integers, slices, None and ..., not {part!r}"
            )
    return key


def opened(value: Any) -> Any:
    """Give the values of a sealed array, a plain number as it is; refuse anything else."""
    if isinstance(value, SealedArray):
        return value._values
    if type(value) in (int, float, bool):
        return value
    raise TypeError(f"a sealed array does not mix with {type(value).__name__}")


def primitive(name: str) -> Callable[..., Any]:
    """Give NumPy's primitive of that name, on sealed arrays."""

    def method(self: Backend, *arguments: Any, **options: Any) -> SealedArray:
        def within(value: Any) -> Any:
            if isinstance(value, np.ndarray | np.generic):
                raise TypeError(f"{name} was given a NumPy array")
            if isinstance(value, list | tuple):
                return type(value)(map(within, value))
            return value._values if isinstance(value, SealedArray) else value

        arguments = tuple(map(within, arguments))
        options = {key: within(value) for key, value in options.items()}
        return SealedArray(getattr(WITHIN, name)(*arguments, **options))

    method.__name__ = name
    return method


_OWN = {name: primitive(name) for name in PRIMITIVES - {"array", "numpy", "call"}}
_Primitives = type("_Primitives", (Backend,), _OWN)


class SealedBackend(_Primitives):  # type: ignore[misc, valid-type]
    """NumPy's numbers in sealed arrays."""

    name = "sealed"
    computing = staticmethod(WITHIN.computing)

    def array(self, values: Any) -> SealedArray:
        """Seal a copy of a NumPy array."""
        if isinstance(values, SealedArray):
            raise TypeError("the array is on the device already")
        return SealedArray(np.array(values))

    def numpy(self, array: Any) -> Any:
        """Open a sealed array."""
        if not isinstance(array, SealedArray):
            raise TypeError(f"wanted a sealed array, found {type(array).__name__}")
        return array._values.copy()
