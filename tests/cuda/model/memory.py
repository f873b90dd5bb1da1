"""The memory of a modelled GPU: each array lies between pages that nobody may touch."""

from __future__ import annotations

import ctypes
import mmap
import weakref
from functools import cache
from typing import Any

import numpy as np

from .compiler import machine

GARBAGE = 0xFF  # in every byte: NaN, and -1
PAGE = mmap.PAGESIZE


class Overwritten(RuntimeError):
    """A kernel wrote beside an array, into what lies between it and its guard page."""


@cache
def engine() -> ctypes.CDLL:
    """Load the machine, where kernels find it."""
    library = ctypes.CDLL(str(machine()), mode=ctypes.RTLD_GLOBAL)
    library.gpu_model_memory.argtypes = [ctypes.c_size_t]
    library.gpu_model_memory.restype = ctypes.c_void_p
    library.gpu_model_free.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    library.gpu_model_free.restype = None
    library.gpu_model_launch.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
    return library


class Memory:
    """So many bytes, `alignment` apart from the guard page behind them at most.

    With 256, as a GPU's memory is aligned, what lies behind an array and before the guard is NaN;
    with 16, the longest load, what reads further than that is stopped at once.
    """

    def __init__(self, nbytes: int, alignment: int = 256) -> None:
        self.nbytes = nbytes
        self.whole = max(-(-nbytes // PAGE), 1) * PAGE
        start = engine().gpu_model_memory(self.whole)
        if not start:
            raise MemoryError(f"the model has no memory for {nbytes} bytes")
        self.end = start + self.whole
        self.ptr = self.end - -(-nbytes // alignment) * alignment
        if not nbytes:
            self.ptr = self.end
        held = (ctypes.c_ubyte * self.whole).from_address(start)
        weakref.finalize(held, engine().gpu_model_free, start, self.whole)  # with its last view
        self._all = np.frombuffer(held, np.uint8)
        self._all[:] = GARBAGE
        self._first = self.ptr - start

    def bytes(self) -> np.ndarray[Any, Any]:
        """Give the bytes themselves; the memory lives as long as a view of them."""
        return self._all[self._first : self._first + self.nbytes]

    def check(self, what: str) -> None:
        """Raise Overwritten where something beside the bytes was written."""
        behind = self._all[self._first + self.nbytes :]
        if (behind != GARBAGE).any() or (self._all[: self._first] != GARBAGE).any():
            raise Overwritten(f"{what}: a kernel wrote beside the array's {self.nbytes} bytes")


def where(address: int, arrays: dict[str, Memory]) -> str:
    """Say which array an address that was refused lies near."""
    for name, memory in arrays.items():
        past = address - (memory.ptr + memory.nbytes)
        if 0 <= past < 2 * PAGE:
            return f"{past} bytes behind the end of {name}"
        before = memory.ptr - address
        if 0 < before < memory.whole + PAGE and memory.end - memory.whole - PAGE <= address:
            return f"{before} bytes before the start of {name}"
    return "far from every array" if address > PAGE else "at a null pointer"
