"""The modelled machine: its GPUs, how much of their memory is lent, and what a program has set."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ..launch import Limits
from ..memory import Memory


class OutOfMemoryError(MemoryError):
    """As `cupy.cuda.memory.OutOfMemoryError`."""


class CUDARuntimeError(RuntimeError):
    """As `cupy.cuda.runtime.CUDARuntimeError`."""


class CUDADriverError(RuntimeError):
    """As `cupy.cuda.driver.CUDADriverError`."""


class Buffer:
    """Memory of one GPU, given back with the last array that lies in it."""

    def __init__(self, gpu: GPU, nbytes: int) -> None:
        whole = -(-nbytes // 512) * 512  # as CuPy's pool rounds
        if gpu.lent + whole > gpu.memory:
            raise OutOfMemoryError(
                f"Out of memory allocating {whole:,} bytes (allocated so far: {gpu.lent:,} bytes)."
            )
        self.gpu, self.memory = gpu, Memory(nbytes)
        gpu.lend(whole)
        weakref.finalize(self, gpu.lend, -whole)
        gpu.buffers.add(self)


@dataclass
class GPU:
    """One GPU; a test may change what it is."""

    number: int
    machine: Machine = field(repr=False)
    name: str = "Modelled GPU"
    compute: tuple[int, int] = (9, 0)
    memory: int = 2**28
    multiprocessors: int = 4
    shared: int = 232448
    registers: int = 65536
    lent: int = 0
    most_lent: int = 0
    buffers: weakref.WeakSet[Buffer] = field(default_factory=weakref.WeakSet)

    def lend(self, nbytes: int) -> None:
        """Count bytes that are lent, or given back."""
        self.lent += nbytes
        self.most_lent = max(self.most_lent, self.lent)

    def limits(self) -> Limits:
        """Give what a launch is held against."""
        return Limits(self.multiprocessors, self.shared)

    def holding(self, address: int, nbytes: int) -> Buffer | None:
        """Find the buffer that these bytes are of."""
        for buffer in self.buffers:
            past = address - buffer.memory.ptr
            if past >= 0 and past + nbytes <= max(buffer.memory.nbytes, 1):
                return buffer
        return None


class Machine:
    """All GPUs, and each thread's current one.

    `launches` are the names of the kernels that were launched, with their grids. `seed` makes the
    order of threads, another one at each launch.
    """

    def __init__(self, count: int = 2) -> None:
        self.gpus = [GPU(number, self) for number in range(count)]
        self.launches: list[tuple[str, tuple[int, ...]]] = []
        self.seed = 0
        self.device_class: Any = None  # `cupy.cuda.Device`
        self.streams: weakref.WeakSet[Any] = weakref.WeakSet()
        self.null_stream: Any = None
        self._of_thread = threading.local()

    @property
    def number(self) -> int:
        """The number of the thread's current GPU."""
        return int(getattr(self._of_thread, "number", 0))

    @number.setter
    def number(self, number: int) -> None:
        if not 0 <= number < len(self.gpus):
            raise CUDARuntimeError("cudaErrorInvalidDevice: invalid device ordinal")
        self._of_thread.number = number

    @property
    def gpu(self) -> GPU:
        """The thread's current GPU."""
        if not self.gpus:
            raise CUDARuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")
        return self.gpus[self.number]

    @contextmanager
    def on(self, number: int) -> Iterator[None]:
        """Make a GPU the current one for a while."""
        before = self.number
        self.number = number
        try:
            yield
        finally:
            self.number = before

    @property
    def stream(self) -> Any:
        """The thread's current stream."""
        return getattr(self._of_thread, "stream", self.null_stream)

    @stream.setter
    def stream(self, stream: Any) -> None:
        self._of_thread.stream = stream

    def wait_for_all(self) -> None:
        """Wait for what every stream has in line."""
        for stream in list(self.streams):
            stream.synchronize()
