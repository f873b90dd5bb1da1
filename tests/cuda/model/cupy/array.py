"""`ndarray`, as strict as CuPy's: nothing becomes a NumPy array, or comes from one, by itself.

Numbers are computed by NumPy. CuPy compiles with -ftz=true; so float32's subnormal numbers count as
0 here too, in whatever computes, compares or converts.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from .machine import Buffer, Machine

TINY = np.finfo(np.float32).tiny
SCALARS = (bool, int, float, np.generic)


class ndarray:
    """An array of the device. `host` is what it holds, for the model's own files alone."""

    machine: ClassVar[Machine]  # of the CuPy that this class is of
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
        return bool(self.host)

    def __int__(self) -> int:
        return int(self.host)

    def __float__(self) -> float:
        return float(self.host)

    def __index__(self) -> int:
        return self.host.__index__()

    def __repr__(self) -> str:
        return repr(self.host)

    # To index and to turn

    def __getitem__(self, key: Any) -> ndarray:
        got = self.host[_key(key)]
        if isinstance(got, np.ndarray) and np.may_share_memory(got, self.host):
            return self.seen(got)
        if isinstance(key, tuple):
            basic = all(not isinstance(part, ndarray) for part in key)
        else:
            basic = not isinstance(key, ndarray)
        if basic:  # integers alone: a view, of no axis
            key = (*key, ...) if isinstance(key, tuple) else (key, ...)
            return self.seen(self.host[_key(key)])
        return self.of(got)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.host[_key(key)] = _converted(bare(value), self.dtype)

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
        return self.of(_converted(self.host, np.dtype(dtype)))

    def copy(self, order: str = "C") -> ndarray:
        return self.of(self.host)

    def fill(self, value: Any) -> None:
        self[...] = value

    def take(self, indices: Any, axis: Any = None) -> ndarray:
        return self.of(np.take(self.host, _key(indices), axis))

    # To bring back, and over

    def get(
        self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True
    ) -> Any:
        if out is None:
            return np.array(self.host, order="C")
        if out.shape != self.shape or out.dtype != self.dtype or not out.flags.c_contiguous:
            raise ValueError("Shape mismatch, or an array that is not packed")
        out[...] = self.host
        return out

    def set(self, arr: Any, stream: Any = None) -> None:
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype or arr.shape != self.shape:
            raise ValueError(f"Shape or dtype mismatch: {arr.shape} {arr.dtype}")
        self.host[...] = arr

    def item(self, *args: Any) -> Any:
        return self.host.item(*args)

    def tolist(self) -> Any:
        return self.host.tolist()

    # What is the same in any order

    def any(self, axis: Any = None) -> ndarray:
        return self.of(self.host.any(axis))

    def all(self, axis: Any = None) -> ndarray:
        return self.of(self.host.all(axis))

    def max(self, axis: Any = None) -> ndarray:
        return self.of(self.host.max(axis))

    def min(self, axis: Any = None) -> ndarray:
        return self.of(self.host.min(axis))

    def sum(self, axis: Any = None) -> ndarray:
        if self.dtype.kind == "f":
            raise TypeError("CuPy adds floats in an order of its own")
        return self.of(self.host.sum(axis))


class MemoryPointer:
    """As `cupy.cuda.MemoryPointer`."""

    def __init__(self, buffer: Buffer, address: int) -> None:
        self.buffer, self.ptr = buffer, address
        self.device_id = buffer.gpu.number
        self.device = buffer.gpu.machine.device_class(self.device_id)

    def __add__(self, offset: int) -> MemoryPointer:
        return MemoryPointer(self.buffer, self.ptr + offset)


class Capsule:
    """What `__dlpack__` gives to `from_dlpack`."""

    def __init__(self, array: ndarray) -> None:
        self.array = array


def bare(value: Any) -> Any:
    """Give what an operand holds; raise TypeError for what CuPy does not take."""
    if isinstance(value, ndarray):
        if value.buffer.gpu is not value.machine.gpu:
            raise ValueError(
                f"Array device must be same as the current device: array device = "
                f"{value.buffer.gpu.number} while current = {value.machine.number}."
            )
        return value.host
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
    return next(type(x) for x in operands if isinstance(x, ndarray))


def _converted(x: Any, dtype: np.dtype[Any]) -> Any:
    if getattr(x, "dtype", dtype) == dtype:
        return x
    with np.errstate(all="ignore"):
        return flushed(flushed(x).astype(dtype))


def _key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_key(part) for part in key)
    if isinstance(key, ndarray):
        return key.host
    if key is None or key is ... or isinstance(key, slice | int | np.integer):
        return key
    raise TypeError(f"the model takes no {type(key)} to index: bring it to the device")


def _operators() -> None:
    words = {
        **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide},
        **{"floordiv": np.floor_divide, "mod": np.remainder, "and": np.bitwise_and},
        **{"or": np.bitwise_or, "xor": np.bitwise_xor, "lt": np.less, "le": np.less_equal},
        **{"gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal},
    }

    def forward(function: Any) -> Any:
        return lambda self, other: computed(function, self, other)

    def backward(function: Any) -> Any:
        return lambda self, other: computed(function, other, self)

    def in_place(function: Any) -> Any:
        def operator(self: ndarray, other: Any) -> ndarray:
            self[...] = computed(function, self, other)
            return self

        return operator

    for word, function in words.items():
        setattr(ndarray, f"__{word}__", forward(function))
        if word not in {"lt", "le", "gt", "ge", "eq", "ne"}:
            setattr(ndarray, f"__r{word}__", backward(function))
            setattr(ndarray, f"__i{word}__", in_place(function))
    for word, function in {"neg": np.negative, "abs": np.abs, "invert": np.invert}.items():
        setattr(ndarray, f"__{word}__", lambda self, function=function: computed(function, self))


_operators()
