"""The device's own clock: seconds between two events on the current stream.

A CPU's clock would see how long a call takes to be told to the device, not how long the device
works on it. Reading it waits for all that was told before.
"""

from __future__ import annotations

from typing import Any


class EventClock:
    """Call it for the seconds since it was made."""

    def __init__(self, cuda: Any) -> None:
        """Start; `cuda` is `cupy.cuda`."""
        self._cuda = cuda
        self._start = self._now()

    def __call__(self) -> float:
        """Wait for the device, and give the seconds."""
        return 1e-3 * float(self._cuda.get_elapsed_time(self._start, self._now()))

    def _now(self) -> Any:
        event = self._cuda.Event()
        event.record()
        event.synchronize()
        return event
