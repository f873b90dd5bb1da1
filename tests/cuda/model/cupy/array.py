"""`ndarray`, as strict as CuPy's: nothing becomes a NumPy array, or comes from one, by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from .locked import copied
from .machine import Buffer
from .operands import OnDevice, bare, computed, converted, key_of
from .pointers import Capsule, MemoryPointer


class ndarray(OnDevice):
    """An array of the device."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        shape: Any,
        dtype: Any = float,
        memptr: Any = None,
        strides: Any = None,
        order: Any = "C",
    ) -> None:
        sizes = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
        dtype = np.dtype(dtype)
        if memptr is None:
            buffer = Buffer(self.machine.gpu, int(np.prod(sizes, dtype=np.int64)) * dtype.itemsize)
            host = buffer.memory.bytes().view(dtype).reshape(sizes, order=order)
        else:
            buffer, raw = memptr.buffer, memptr.buffer.memory.bytes()
            offset = memptr.ptr - buffer.memory.ptr
            host = np.ndarray(sizes, dtype, raw, offset, strides)
        self._is(buffer, host, None)

    def _is(self, buffer: Buffer, host: Any, base: Any) -> None:
        self.buffer, self.host, self.base = buffer, host, base

    @classmethod
    def of(cls, host: Any) -> ndarray:
        """Bring values that are the model's own to the current device."""
        host = np.asarray(host)
        made = cls(host.shape, host.dtype)
        made.host[...] = host
        return made

    def seen(self, host: Any) -> ndarray:
        """Give another view of the same memory."""
        view = type(self).__new__(type(self))
        view._is(self.buffer, host, self if self.base is None else self.base)
        return view

    # What it is

    shape = property(lambda self: self.host.shape)
    ndim = property(lambda self: self.host.ndim)
    dtype = property(lambda self: self.host.dtype)
    size = property(lambda self: self.host.size)
    nbytes = property(lambda self: self.host.nbytes)
    itemsize = property(lambda self: self.host.itemsize)
    strides = property(lambda self: self.host.strides)
    T = property(lambda self: self.seen(self.host.T))
    device = property(lambda self: self.machine.device_class(self.buffer.gpu.number))

    @property
    def flags(self) -> Any:
        flags = self.host.flags
        words = {"c_contiguous": flags.c_contiguous, "f_contiguous": flags.f_contiguous}
        return SimpleNamespace(**words, owndata=self.base is None)

    @property
    def data(self) -> Any:
        address = self.host.__array_interface__["data"][0] if self.size else self.buffer.memory.ptr
        return MemoryPointer(self.buffer, address)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "descr": self.dtype.descr,
            "strides": None if self.flags.c_contiguous else self.strides,
            "data": (self.data.ptr if self.size else 0, False),
            "stream": 1,
            "version": 3,
        }

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self.buffer.gpu.number

    def __dlpack__(self, **_: Any) -> Any:
        return Capsule(self)

    # What it refuses

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        return computed(ufunc, *inputs)

    def __len__(self) -> int:
        return len(self.host)

    def __iter__(self) -> Any:
        return (self[n] for n in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.values)

    def __int__(self) -> int:
        return int(self.values)

    def __float__(self) -> float:
        return float(self.values)

    def __index__(self) -> int:
        return self.values.__index__()

    def __repr__(self) -> str:
        return repr(self.values)

    # To index and to turn

    def __getitem__(self, key: Any) -> ndarray:
        got = self.host[key_of(key)]
        if isinstance(got, np.ndarray) and (not got.size or np.may_share_memory(got, self.host)):
            return self.seen(got)
        if isinstance(key, tuple):
            basic = all(not isinstance(part, ndarray) for part in key)
        else:
            basic = not isinstance(key, ndarray)
        if basic:  # integers alone: a view, of no axis
            key = (*key, ...) if isinstance(key, tuple) else (key, ...)
            return self.seen(self.host[key_of(key)])
        return self.of(got)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.values[key_of(key)] = converted(bare(value), self.dtype)

    def reshape(self, *shape: Any, order: str = "C") -> ndarray:
        got = self.host.reshape(*shape, order=order)
        return self.seen(got) if np.may_share_memory(got, self.host) else self.of(got)

    def swapaxes(self, one: int, other: int) -> ndarray:
        return self.seen(self.host.swapaxes(one, other))

    def transpose(self, *axes: Any) -> ndarray:
        return self.seen(self.host.transpose(*axes))

    def squeeze(self, axis: Any = None) -> ndarray:
        return self.seen(self.host.squeeze(axis))

    def ravel(self) -> ndarray:
        return self.reshape(-1)

    def view(self, dtype: Any = None) -> ndarray:
        return self.seen(self.host.view(self.dtype if dtype is None else dtype))

    def astype(self, dtype: Any, order: str = "K", copy: bool = True) -> ndarray:
        if not copy and self.dtype == dtype:
            return self
        return self.of(converted(self.values, np.dtype(dtype)))

    def copy(self, order: str = "C") -> ndarray:
        return self.of(self.values)

    def fill(self, value: Any) -> None:
        self[...] = value

    def take(self, indices: Any, axis: Any = None) -> ndarray:
        return self.of(np.take(self.values, key_of(indices), axis))

    # To bring back, and over

    def get(
        self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True
    ) -> Any:
        stream = stream or self.machine.stream
        if out is None:
            stream.synchronize()
            return np.array(self.host, order="C")
        if out.shape != self.shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise ValueError("Shape mismatch, or an array that is not packed")
        host = self.host
        copied(stream, out, lambda out: out.__setitem__(..., host))
        if blocking:
            stream.synchronize()
        return out

    def set(self, arr: Any, stream: Any = None) -> None:
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype or arr.shape != self.shape:
            raise ValueError(f"Shape or dtype mismatch: {arr.shape} {arr.dtype}")
        host = self.host
        copied(stream or self.machine.stream, arr, lambda arr: host.__setitem__(..., arr))

    def item(self, *args: Any) -> Any:
        return self.values.item(*args)

    def tolist(self) -> Any:
        return self.values.tolist()

    # What is the same in any order

    def any(self, axis: Any = None) -> ndarray:
        return self.of(self.values.any(axis))

    def all(self, axis: Any = None) -> ndarray:
        return self.of(self.values.all(axis))

    def max(self, axis: Any = None) -> ndarray:
        return self.of(self.values.max(axis))

    def min(self, axis: Any = None) -> ndarray:
        return self.of(self.values.min(axis))

    def sum(self, axis: Any = None) -> ndarray:
        if self.dtype.kind == "f":
            raise TypeError("CuPy adds floats in an order of its own")
        return self.of(self.values.sum(axis))
