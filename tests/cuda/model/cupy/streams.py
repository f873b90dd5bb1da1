"""Streams do what they are told as late as they may: when somebody waits for them.

On a stream that a program makes, launches and copies of page-locked memory stay in line until the
stream, an event on it or the device is waited for. So it shows when a result is read too early.
The null stream does at once what it is told.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from .machine import Machine


def streams(machine: Machine) -> dict[str, Any]:
    """Give the names of `cupy.cuda` that have to do with streams."""

    class Event:
        def __init__(self, block: bool = False, disable_timing: bool = False, **_: Any) -> None:
            self.time, self.ptr = 0.0, id(self)
            self._stream: Any = None
            self._place = 0

        def record(self, stream: Any = None) -> None:
            self._stream = current() if stream is None else stream
            self._stream.later(self._reached)
            self._place = self._stream.told

        def _reached(self) -> None:
            self.time = time.perf_counter()

        @property
        def done(self) -> bool:
            return self._stream is None or self._stream.did >= self._place

        def synchronize(self) -> None:
            if self._stream is not None:
                self._stream.until(self._place)

    class Stream:
        null: Any = None

        def __init__(
            self, null: bool = False, non_blocking: bool = False, ptds: bool = False
        ) -> None:
            self.ptr = 0 if null else id(self)
            self.device_id = -1 if null else machine.number
            self.told = self.did = 0
            self._line: deque[Callable[[], None]] = deque()
            self._before: list[Any] = []
            machine.streams.add(self)

        def later(self, work: Callable[[], None]) -> None:
            """Put work in line."""
            self._line.append(work)
            self.told += 1
            if not self.ptr:
                self.synchronize()

        def until(self, count: int) -> None:
            """Do what is in line, until so much was done since the beginning."""
            while self.did < count:
                self.did += 1
                self._line.popleft()()

        def synchronize(self) -> None:
            self.until(self.told)

        @property
        def done(self) -> bool:
            return self.did == self.told

        def __enter__(self) -> Stream:
            self._before.append(current())
            machine.stream = self
            return self

        def __exit__(self, *_: object) -> None:
            machine.stream = self._before.pop()

        def use(self) -> Stream:
            machine.stream = self
            return self

        def record(self, event: Any = None) -> Any:
            event = event or Event()
            event.record(self)
            return event

        def wait_event(self, event: Any) -> None:
            self.later(event.synchronize)

        def launch_host_func(self, callback: Any, arg: Any) -> None:
            self.later(lambda: callback(arg))

    class ExternalStream(Stream):
        def __init__(self, ptr: int, device_id: int = -1) -> None:
            super().__init__()
            self.ptr, self.device_id = ptr, device_id

    def current(device_id: int = -1) -> Any:
        return machine.stream

    def elapsed(start: Any, end: Any) -> float:
        return float(1e3 * (end.time - start.time))

    Stream.null = machine.null_stream = Stream(null=True)
    return {
        "Stream": Stream,
        "Event": Event,
        "ExternalStream": ExternalStream,
        "get_current_stream": current,
        "get_elapsed_time": elapsed,
    }
