"""What a computation on the GPU runs in: its device is current, its errors are sentences."""

from __future__ import annotations

import re
from typing import Any

from ...errors import UnavailableError, first_line
from . import device


class Computing:
    """The surroundings of `CudaBackend.computing`: every call enters them."""

    __slots__ = ("_b", "_on")

    def __init__(self, b: Any) -> None:
        """Be ready to enter."""
        self._b = b

    def __enter__(self) -> None:
        device.alive()
        self._on = self._b.cupy.cuda.Device(self._b.gpu.number)
        try:
            self._on.__enter__()
        except self._b.cupy.cuda.runtime.CUDARuntimeError as error:
            raise UnavailableError(self._gave_up(error)) from None

    def __exit__(self, kind: Any, error: BaseException | None, where: Any) -> None:
        try:
            if isinstance(error, self._b.cupy.cuda.memory.OutOfMemoryError):
                raise UnavailableError(self._too_much(error)) from None
            cuda = self._b.cupy.cuda
            if isinstance(error, cuda.runtime.CUDARuntimeError | cuda.driver.CUDADriverError):
                raise UnavailableError(self._gave_up(error)) from None
        finally:
            self._on.__exit__(kind, error, where)

    def _gave_up(self, error: BaseException) -> str:
        return (
            f"device {self._b.device_name!r}: wanted a GPU that goes on, found"
            f" {first_line(error)}: begin anew, or use device 'cpu'"
        )

    def _too_much(self, error: BaseException) -> str:
        """Say what was wanted of the memory, and what is left of it."""
        found = re.search(r"allocating ([\d,]+) bytes", str(error))
        wanted = int(found[1].replace(",", "")) / 1e6 if found else 0.0
        free = self._b.cupy.cuda.runtime.memGetInfo()[0] / 1e6
        return (
            f"device {self._b.device_name!r}: wanted {wanted:.0f} MB more of its memory, found"
            f" {free:.0f} MB free: give fewer events at a time, or use device 'cpu'"
        )
