"""Arrays in memory through the GPU, where copies in both directions move beside the computing.

    memory -> page-locked memory -> GPU -> work -> GPU -> page-locked memory -> memory

Chunks of events take turns on two lanes, each a stream with page-locked memory of its own: while
one computes, the other copies. Into page-locked memory and out of it several threads copy: one
moves fewer bytes a second than the bus to a GPU. Few numbers go straight, on the caller's own
stream. Where the GPU's memory is not enough for a chunk, half as many events are tried.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy

from ..passage import Arrays

STRAIGHT: Final = 2**23  # bytes of input from which on two lanes pay
CHUNK: Final = 2**28  # bytes of the largest array of a chunk
COPIERS: Final = 4  # threads
PIECE: Final = 2**21  # bytes that one of them copies, at least
FEWEST: Final = 4  # chunks: the first one's way in and the last one's way out have no company

Work = Callable[[Arrays], Arrays]


def through(b: Any, work: Work, arrays: Arrays, events: int, rows: int, width: int) -> Any:
    """Give the results of `work` as NumPy arrays; `rows` events at a time are the most.

    An event has `width` numbers where it has most of them.
    """
    size = sum(array.nbytes for array in arrays.values())
    if size <= STRAIGHT and events <= rows:
        try:
            return {name: b.numpy(array) for name, array in _sent(b, work, arrays).items()}
        except b.cupy.cuda.memory.OutOfMemoryError:
            if events <= 1:
                raise
    number = max(array.itemsize for array in arrays.values() if array.dtype.kind == "f")
    event = max(size // max(events, 1), width * number)
    rows = max(min(rows // 2, -(-events // FEWEST), CHUNK // event), 1)
    return _in_turns(b, work, arrays, events, rows)


def _sent(b: Any, work: Work, arrays: Arrays) -> Arrays:
    return work({name: b.array(array) for name, array in arrays.items()})


def _in_turns(b: Any, work: Work, arrays: Arrays, events: int, rows: int) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    lane, other = b.lanes.pair
    first = 0
    try:
        while first < events:
            lane.receive(whole, events)
            part = slice(first, min(first + rows, events))
            try:
                lane.send(b, work, arrays, part)
            except b.cupy.cuda.memory.OutOfMemoryError:
                if rows == 1:
                    raise
                rows //= 2
                lane.forget()
                other.receive(whole, events)  # and gives its memory back
                continue
            first = part.stop
            lane, other = other, lane
        lane.receive(whole, events)
        other.receive(whole, events)
    finally:
        lane.forget()
        other.forget()
    return whole


class Lanes(threading.local):
    """Two lanes for each thread, made when it first needs them."""

    def __init__(self, cupy: Any) -> None:
        """Make them on the current device."""
        self.pair = Lane(cupy), Lane(cupy)


class Lane:
    """A stream, and the one chunk that is on its way in it."""

    def __init__(self, cupy: Any) -> None:
        """Begin with nothing on its way."""
        self._cupy = cupy
        self._stream = cupy.cuda.Stream(non_blocking=True)
        self._part = slice(0)
        self._results: dict[str, Any] = {}
        self._locked: list[Any] = []  # memory that a copy may still read

    def send(self, b: Any, work: Work, arrays: Arrays, part: slice) -> None:
        """Bring some events to the GPU, compute, bring results back; do not wait for it."""
        self._part = part
        with self._stream:
            found = work({name: b.own(self._up(array[part])) for name, array in arrays.items()})
            self._results = {name: self._down(b.plain(array)) for name, array in found.items()}

    def receive(self, whole: dict[str, Any], events: int) -> None:
        """Wait for what was sent, if anything was, and write it where it belongs."""
        self._stream.synchronize()
        for name, array in self._results.items():
            if name not in whole:
                whole[name] = numpy.empty((events, *array.shape[1:]), array.dtype)
            _copy(whole[name][self._part], array)
        self.forget()

    def forget(self) -> None:
        """Give the page-locked memory back, once nothing is on its way."""
        self._stream.synchronize()
        self._results, self._locked = {}, []

    def _up(self, array: Any) -> Any:
        locked = self._page_locked(array.shape, array.dtype)
        _copy(locked, array)
        bare = self._cupy.empty(array.shape, array.dtype)
        bare.set(locked, stream=self._stream)
        return bare

    def _down(self, bare: Any) -> Any:
        locked = self._page_locked(bare.shape, bare.dtype)
        return bare.get(stream=self._stream, out=locked, blocking=False)

    def _page_locked(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Give page-locked memory, which CuPy's pool keeps for the next chunk."""
        count = int(numpy.prod(shape, dtype=numpy.int64))
        memory = self._cupy.cuda.alloc_pinned_memory(max(count, 1) * dtype.itemsize)
        array = numpy.frombuffer(memory, dtype, count).reshape(shape)
        self._locked.append(array)
        return array


def _copy(to: Any, array: Any) -> None:
    """Copy an array, some rows in each of several threads."""
    pieces = min(COPIERS, len(array), array.nbytes // PIECE)
    if pieces < 2:
        to[...] = array
        return
    ends = (len(array) * piece // pieces for piece in range(pieces + 1))
    parts = [slice(first, last) for first, last in pairwise(ends)]
    list(_copiers().map(lambda part: numpy.copyto(to[part], array[part]), parts))


@cache
def _copiers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(COPIERS, "netspec-copying")
