"""What tells others where an array lies."""

from __future__ import annotations

from typing import Any

from .machine import Buffer


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

    def __init__(self, array: Any) -> None:
        self.array = array
