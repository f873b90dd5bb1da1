"""How a caller's arrays come to a backend, and results go back; most backends work in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from .. import devices
from ..precision import FULL

Array = Any
Arrays = Mapping[str, Array]


class Passage(ABC):
    """What every backend does at its door.

    `device_name` says where its arrays lie, `precision` what its products may be rounded to, `rows`
    how many events run through the layers at a time (None: all).
    """

    device_name: str = devices.CPU
    precision: str = FULL
    rows: ClassVar[int | None] = None

    @abstractmethod
    def computing(self) -> AbstractContextManager[Any]:
        """Give the surroundings that every computation runs in."""

    @abstractmethod
    def array(self, values: Any) -> Array:
        """Bring a NumPy array to the device; the dtype stays."""

    @abstractmethod
    def numpy(self, array: Array) -> Any:
        """Bring an array of the device back as a NumPy array."""

    @abstractmethod
    def concatenate(self, arrays: Any, axis: int) -> Array:
        """Join along an axis that is there."""

    def taken(self, values: Any, what: str) -> Array | None:
        """Give an array that lies on the backend's GPU, of any library, as one of its own.

        It is not copied. None for what lies in memory. Raises DataError, which begins with `what`,
        for an array of another device.
        """
        devices.refuse(values, what, f"a network there takes it: network.to({devices.GPU!r})")
        return None

    def packed(self, array: Array, dtype: Any, copy: bool = False) -> Array:
        """Give what was `taken` in C order and of that type; itself where it is so already."""
        raise TypeError(f"the backend {type(self).__name__} takes no arrays of a GPU")

    def all(self, truth: Array) -> bool:
        """Say whether all of some booleans on a GPU hold, which is waited for."""
        raise TypeError(f"the backend {type(self).__name__} takes no arrays of a GPU")

    def lasting(self) -> AbstractContextManager[Any]:
        """Give surroundings, those of `computing`, to make what later calls in any thread use."""
        return self.computing()

    def settle(self) -> None:
        """Wait until the device has done all that it was told."""
        return

    def in_memory(self, array: Array | None) -> Any:
        """Give an array, wherever it lies, as a NumPy array; None for None."""
        return None if array is None else self.numpy(array)

    def handed(self, array: Array) -> Any:
        """Give an array of the backend's own as a caller gets it."""
        return array

    def by_parts(
        self, work: Callable[[Arrays], Arrays], arrays: Arrays, events: int, width: int
    ) -> dict[str, Any]:
        """Give what `work` gives for arrays (events, ...) by name, some events at a time.

        Results (events, ...) are arrays of their own: NumPy's or, of what lies on the backend's
        GPU, as a caller gets them there. `width` numbers of an event are held at once, or more.
        """
        rows = self.rows or max(events, 1)
        with self.computing():
            parts = [
                work({k: self.array(array[first : first + rows]) for k, array in arrays.items()})
                for first in range(0, max(events, 1), rows)
            ]
            # To concatenate is to copy: a layer may give back its input, or its state, as it is.
            return {
                name: self.numpy(self.concatenate([part[name] for part in parts], 0))
                for name in parts[0]
            }
