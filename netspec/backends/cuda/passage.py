"""How a caller's arrays come to the GPU and results go back, some events at a time.

How many is what the device's memory holds, by a guess of what an event takes; where the guess was
too high, half as many are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from math import prod
from typing import Any, Final

from ... import devices
from ...errors import DataError, first_line
from ..passage import Array, Arrays, Passage
from . import elementwise, places
from .arrays import DeviceArray, Zeros
from .copying import Lanes, through

HELD: Final = 8  # arrays of the widest layer's size that an event takes at once
USED: Final = 0.8  # of the memory that is free
FEW: Final = 2**24  # bytes that any GPU has
ALIGNED: Final = 256  # bytes that memory is aligned to
SIMPLE: Final = frozenset((type(None), bool, int, float, range))  # that hold nothing else
SHARED_ZEROS: Final = 2**18  # numbers that stay 0, at most


class CudaPassage(Passage):
    """What the backend on the GPU does at its door; it brings CuPy and kernels."""

    cupy: Any
    gpu: Any
    kernels: Any

    def taken(self, values: Any, what: str) -> Array | None:
        if isinstance(values, DeviceArray):
            return values
        where = devices.of(values)
        if where == devices.CPU:
            return None
        bare = values
        if where in (self.device_name, devices.GPU) and not isinstance(values, self.cupy.ndarray):
            try:
                borrow = self.cupy.from_dlpack if ":" in where else self.cupy.asarray
                with self.cupy.cuda.Device(self.gpu.number):
                    bare = borrow(values)
            except MemoryError:
                raise
            except Exception as error:  # whatever a library that lends an array may raise
                raise DataError(
                    f"{what}: wanted an array that CuPy can share, found {type(values).__name__},"
                    f" of which it says: {first_line(error)}"
                ) from None
            where = f"{devices.GPU}:{bare.device.id}"
        if where != self.device_name:
            raise DataError(
                f"{what}: wanted an array on {self.device_name} or in memory, found one on {where}:"
                f" a network there takes it: network.to({where!r})"
            )
        if not _readable(bare):
            raise DataError(
                f"{what}: wanted numbers at multiples of their size, in this machine's order of"
                f" bytes, found {bare.dtype.str} at {bare.data.ptr:#x}, strides {bare.strides}:"
                " give a copy that has them so"
            )
        return DeviceArray(bare, self.kernels)

    @contextmanager
    def lasting(self) -> Iterator[None]:
        with self.computing():
            yield
            self.cupy.cuda.get_current_stream().synchronize()

    def settle(self) -> None:
        with suppress(Exception):  # of a GPU that is lost nobody waits
            self.cupy.cuda.Device(self.gpu.number).synchronize()

    def in_memory(self, array: Any) -> Any:
        taken = None if array is None else self.taken(array, "an array")
        return array if taken is None else self.numpy(taken)

    def handed(self, array: Array) -> Any:
        return self.plain(array)

    def brought(self, values: Any) -> Array:
        """Bring a NumPy array to the GPU; what is there already stays as it is."""
        if isinstance(values, DeviceArray):
            return values
        with self.cupy.cuda.Device(self.gpu.number):
            return DeviceArray(self.cupy.asarray(values, order="C"), self.kernels)

    def packed(self, array: Array, dtype: Any, copy: bool = False) -> Array:
        """Give an array of that type in C order: itself where it is so, unless a copy is wanted."""
        bare = self.bare(array)
        if bare.dtype.name not in elementwise.TYPES:
            bare = bare.astype(dtype)  # of whole numbers and halves CuPy flushes none to 0
        if bare.dtype == dtype and not copy:
            return DeviceArray(elementwise.plain(self.kernels, bare), self.kernels)
        return DeviceArray(elementwise.cast(self.kernels, bare, dtype), self.kernels)

    def all(self, truth: Array) -> bool:
        """Whether all booleans are true; the GPU is waited for."""
        return places.all_hold(self, truth)

    def plain(self, x: Any) -> Any:
        """Give a bare array in C order, which kernels take."""
        return elementwise.plain(self.kernels, x.bare if isinstance(x, DeviceArray) else x)

    def bare(self, value: Any) -> Any:
        """Give the bare array; of a mapping or a sequence, the same with bare arrays."""
        if type(value) in (DeviceArray, Zeros):
            return value.bare
        return _inside(self.bare, value)

    def told(self, value: Any) -> Any:
        """Give what a twin is told: the bare array, or None for zeros that nobody has seen."""
        kind = type(value)
        if kind is DeviceArray:
            return value.bare
        if kind is Zeros:
            return None if value.unseen else value.bare
        return _inside(self.told, value)

    def nothing(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Give zeros, bare, that are only ever read: few ones are the same for all."""
        count = prod(shape)
        if count > SHARED_ZEROS:
            return self.cupy.zeros(shape, dtype)
        key = dtype, count.bit_length()
        if key not in self._nothing:
            zeros = self.cupy.zeros(2 ** count.bit_length(), dtype)
            self.cupy.cuda.get_current_stream().synchronize()  # others find them there
            self._nothing.setdefault(key, zeros)
        return self._nothing[key][:count].reshape(shape)

    @cached_property
    def _nothing(self) -> dict[Any, Any]:
        return {}

    def own(self, value: Any) -> Any:
        """Give a bare array as layers see it; of a mapping or a sequence, the same of each."""
        if isinstance(value, self.cupy.ndarray):
            return DeviceArray(value, self.kernels)
        return _inside(self.own, value)

    @cached_property
    def lanes(self) -> Lanes:
        """Two lanes for each thread, on which what lies in memory comes and goes."""
        return Lanes(self.cupy)

    def by_parts(
        self, work: Callable[[Arrays], Arrays], arrays: Arrays, events: int, width: int
    ) -> dict[str, Any]:
        stay = any(isinstance(array, DeviceArray) for array in arrays.values())
        with self.computing():
            rows = self._rows(arrays, events, width)
            if not stay:
                found: dict[str, Any] = through(self, work, arrays, events, rows, width)
                return found
            return {k: self.handed(a) for k, a in self._staying(work, arrays, events, rows).items()}

    def _staying(
        self, work: Callable[[Arrays], Arrays], arrays: Arrays, events: int, rows: int
    ) -> Arrays:
        """Run some events at a time on the caller's stream; nothing waits."""
        whole: dict[str, Array] = {}
        first = 0
        while True:
            part = slice(first, min(first + rows, events))
            try:
                if part.stop - first == events:
                    return work(arrays)
                found = work({name: array[part] for name, array in arrays.items()})
                for name, array in found.items():
                    if name not in whole:
                        bare = self.cupy.empty((events, *array.shape[1:]), array.dtype)
                        whole[name] = self.own(bare)
                    whole[name][part] = array
            except self.cupy.cuda.memory.OutOfMemoryError:
                if rows == 1:
                    raise
                rows = _even(min(rows, events) // 2)
                continue
            first = part.stop
            if first == events:
                return whole

    def _rows(self, arrays: Arrays, events: int, width: int) -> int:
        """Guess how many events the free memory holds; of few nobody asks."""
        given, size = 0, 1
        for array in arrays.values():
            size = max(size, array.dtype.itemsize)
            given += prod(array.shape[1:]) * array.dtype.itemsize
        event = given + HELD * width * size + 1
        if events * event <= FEW:
            return max(events, 1)
        pool = self.cupy.get_default_memory_pool()
        free = int(self.cupy.cuda.runtime.memGetInfo()[0]) + int(pool.free_bytes())
        return _even(int(free * USED) // event)


def _readable(bare: Any) -> bool:
    """Whether a kernel can read the numbers one by one: a GPU faults at an address between two."""
    size = bare.itemsize
    even = not bare.data.ptr % size and not any(stride % size for stride in bare.strides)
    return bool(bare.dtype.isnative and (even or not bare.size or bare.dtype.kind == "c"))


def _even(rows: int) -> int:
    """Make a number of rows such that parts of so many begin where memory is aligned."""
    return rows - rows % ALIGNED if rows > ALIGNED else max(rows, 1)


def _inside(change: Callable[[Any], Any], value: Any) -> Any:
    """Change what a mapping or a sequence holds; anything else stays."""
    kind = type(value)
    if kind in SIMPLE:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {key: change(one) for key, one in value.items()}
    if isinstance(value, tuple):
        changed = [change(one) for one in value]
        return kind(*changed) if hasattr(value, "_fields") else tuple(changed)
    return [change(one) for one in value] if kind is list else value
