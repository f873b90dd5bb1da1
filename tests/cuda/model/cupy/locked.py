"""Page-locked memory, which a stream copies while the program goes on.

It holds NaN until something is written. A copy that is still in line when its memory is given back
is a mistake, which CuPy would hide: the memory goes to whoever asks next.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..launch import KernelFault


class PageLocked:
    """What is common to `cupy.cuda.PinnedMemoryPointer`s of any size."""

    ptr = property(ctypes.addressof)

    def size(self) -> int:
        """Give the number of bytes."""
        return ctypes.sizeof(self)  # type: ignore[arg-type]


def page_locked(nbytes: int) -> Any:
    """Give memory as `cupy.cuda.alloc_pinned_memory` does."""
    kind: Any = type("PinnedMemoryPointer", (ctypes.c_ubyte * nbytes, PageLocked), {})
    memory = kind()
    ctypes.memset(memory, 0xFF, nbytes)
    return memory


def copied(
    stream: Any, array: np.ndarray[Any, Any], work: Callable[[np.ndarray[Any, Any]], None]
) -> None:
    """Do `work(array)` on a stream; at once, after all before it, where it is not page-locked."""
    memory: Any = array
    while isinstance(memory, np.ndarray | memoryview):
        memory = memory.base if isinstance(memory, np.ndarray) else memory.obj
    if not isinstance(memory, PageLocked):
        stream.synchronize()
        work(array)
        return
    held = weakref.ref(memory)
    shape, dtype, count = array.shape, array.dtype, array.size
    offset = array.ctypes.data - memory.ptr

    def in_its_turn() -> None:
        alive = held()
        if alive is None:
            raise KernelFault("page-locked memory was given back before a copy had its turn")
        work(np.frombuffer(alive, dtype, count, offset if count else 0).reshape(shape))

    stream.later(in_its_turn)
