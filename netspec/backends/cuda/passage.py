"""How a caller's arrays come to the GPU and results go back, some events at a time.

How many is what the device's memory holds, by a guess of what an event takes; where the guess was
too high, half as many are tried.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, Final

import numpy

from ... import devices
from ...errors import DataError
from ..passage import Array, Arrays, Passage
from . import elementwise, places
from .arrays import DeviceArray

HELD: Final = 8  # arrays of the widest layer's size that an event takes at once
USED: Final = 0.8  # of the memory that is free


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
        if where not in (self.device_name, devices.GPU):
            raise DataError(
                f"{what}: wanted an array on {self.device_name} or in memory, found one on {where}:"
                f" a network there takes it: network.to({where!r})"
            )
        if isinstance(values, self.cupy.ndarray):
            bare = values
        elif hasattr(values, "__dlpack__"):
            bare = self.cupy.from_dlpack(values)
        else:
            bare = self.cupy.asarray(values)
        return DeviceArray(bare, self.kernels)

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
        if bare.dtype == dtype and not copy:
            return DeviceArray(elementwise.plain(self.kernels, bare), self.kernels)
        return DeviceArray(elementwise.cast(self.kernels, bare, dtype), self.kernels)

    def all(self, truth: Array) -> bool:
        """Whether all booleans are true; the GPU is waited for."""
        return places.all_hold(self, truth)

    def plain(self, x: Any) -> Any:
        """Give a bare array in C order, which kernels take."""
        return elementwise.plain(self.kernels, self.bare(x))

    def bare(self, value: Any) -> Any:
        """Give the bare array; of a mapping or a sequence, the same with bare arrays."""
        if isinstance(value, DeviceArray):
            return value.bare
        return _inside(self.bare, value)

    def own(self, value: Any) -> Any:
        """Give a bare array as layers see it; of a mapping or a sequence, the same of each."""
        if isinstance(value, self.cupy.ndarray):
            return DeviceArray(value, self.kernels)
        return _inside(self.own, value)

    def by_parts(
        self, work: Callable[[Arrays], Arrays], arrays: Arrays, events: int, width: int
    ) -> dict[str, Any]:
        stay = any(isinstance(array, DeviceArray) for array in arrays.values())
        pool = self.cupy.get_default_memory_pool()
        parts: list[Arrays] = []
        with self.computing():
            rows, first = self._rows(arrays, width, pool), 0
            while first < max(events, 1):
                try:
                    found = work(
                        {
                            k: self.brought(array[first : first + rows])
                            for k, array in arrays.items()
                        }
                    )
                    parts.append(found if stay else {k: self.numpy(a) for k, a in found.items()})
                    first += rows
                except self.cupy.cuda.memory.OutOfMemoryError:
                    if rows == 1:
                        raise
                    rows = min(rows, events) // 2 or 1
                    pool.free_all_blocks()
            columns = {name: [part[name] for part in parts] for name in parts[0]}
            if stay:  # to concatenate is to copy: a layer may give back its input as it is
                return {k: self.handed(self.concatenate(all, 0)) for k, all in columns.items()}
            return {
                k: all[0] if len(all) == 1 else numpy.concatenate(all) for k, all in columns.items()
            }

    def _rows(self, arrays: Arrays, width: int, pool: Any) -> int:
        """Guess how many events the free memory holds."""
        free = int(self.cupy.cuda.runtime.memGetInfo()[0]) + int(pool.free_bytes())
        given = sum(prod(array.shape[1:]) * array.dtype.itemsize for array in arrays.values())
        number = max(array.dtype.itemsize for array in arrays.values())
        rows = int(free * USED) // (given + HELD * width * number + 1)
        return rows or 1


def _inside(change: Callable[[Any], Any], value: Any) -> Any:
    """Change what a mapping or a sequence holds; anything else stays."""
    if isinstance(value, dict):
        return {key: change(one) for key, one in value.items()}
    if isinstance(value, tuple):
        changed = map(change, value)
        return type(value)(*changed) if hasattr(value, "_fields") else tuple(changed)
    return [change(one) for one in value] if isinstance(value, list) else value
