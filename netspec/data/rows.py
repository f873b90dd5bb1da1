"""Rows of an array by their numbers, wherever it lies: in memory, or in a file larger than that.

Of a file only the rows that are asked for are read, neighbours in one go, in the order of the file.
They are read, not mapped: a mapped file that somebody cuts short kills the process, a read one
ends in an error.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy

from ..errors import DataError

if TYPE_CHECKING:
    from . import Array

LARGEST_PASS = 2**22  # numbers that are looked at together


class Rows(Protocol):
    """An array of rows: `where` names it in errors, `stored` says that a file holds it."""

    where: str
    shape: tuple[int, ...]
    dtype: numpy.dtype[Any]
    stored: bool

    def take(self, rows: Array) -> Array:
        """Give the rows of these numbers (n,), an array (n, ...) of its own, of this dtype."""

    def between(self, first: int, end: int) -> Array:
        """Give the rows from `first` to before `end`; not to be written to."""


class Held:
    """An array in memory."""

    stored = False

    def __init__(self, array: Array, where: str) -> None:
        """Hold the array as it is; whoever changes it changes the rows."""
        self.where, self._array = where, array
        self.shape: tuple[int, ...] = array.shape
        self.dtype = array.dtype

    def take(self, rows: Array) -> Array:
        """Give the rows of these numbers."""
        return numpy.asarray(self._array[rows])

    def between(self, first: int, end: int) -> Array:
        """Give the rows from `first` to before `end`."""
        return numpy.asarray(self._array[first:end])


class Stored:
    """Numbers in a file, row after row, from the byte `start` on.

    The file stays open as long as this lives, so that one which is deleted or replaced meanwhile
    is read on as it was.
    """

    stored = True

    def __init__(
        self, path: Path, start: int, shape: tuple[int, ...], dtype: numpy.dtype[Any], where: str
    ) -> None:
        """Open the file. Raises OSError where it cannot be read."""
        self.where, self.shape, self.dtype = where, shape, dtype
        self._start, self._bytes = start, prod(shape[1:]) * dtype.itemsize
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def take(self, rows: Array) -> Array:
        """Give the rows of these numbers; raises DataError where the file has become too short."""
        order = numpy.argsort(rows, kind="stable")
        ascending = rows[order]
        found = numpy.empty((len(rows), *self.shape[1:]), self.dtype)
        cuts = numpy.flatnonzero(numpy.diff(ascending) != 1) + 1
        starts = [0, *cuts.tolist()] if len(rows) else []
        for first, end in zip(starts, [*starts[1:], len(rows)], strict=False):
            self._fill(found[first:end], int(ascending[first]))
        result = numpy.empty_like(found)
        result[order] = found
        return result

    def between(self, first: int, end: int) -> Array:
        """Give the rows from `first` to before `end`; raises as `take` does."""
        found = numpy.empty((max(0, end - first), *self.shape[1:]), self.dtype)
        self._fill(found, first)
        return found

    def _fill(self, found: Array, row: int) -> None:
        """Read consecutive rows from `row` on into the memory of `found`."""
        waiting = memoryview(found.reshape(-1).view("uint8"))  # type: ignore[arg-type]  # NumPy's stubs
        at = self._start + row * self._bytes
        while waiting:
            try:
                count = os.preadv(self._file, [waiting], at)
            except OSError as error:
                raise DataError(f"{self.where}: cannot be read any more: {error}") from None
            if not count:
                raise DataError(
                    f"{self.where}: wanted {self.shape[0]} rows, found an earlier end of the file: "
                    "it was cut short after it was opened"
                )
            waiting, at = waiting[count:], at + count


class StoredByColumns:
    """Numbers in a file whose first axis runs fastest: a row lies in as many places as it has."""

    stored = True

    def __init__(
        self, path: Path, start: int, shape: tuple[int, ...], dtype: numpy.dtype[Any], where: str
    ) -> None:
        """Open the file. Raises OSError where it cannot be read."""
        self.where, self.shape, self.dtype = where, shape, dtype
        self._numbers = Stored(path, start, (prod(shape),), dtype, where)

    def take(self, rows: Array) -> Array:
        """Give the rows of these numbers; raises as `Stored.take` does."""
        columns = numpy.arange(prod(self.shape[1:]))[:, None] * self.shape[0]
        found = self._numbers.take((columns + rows).reshape(-1))
        return numpy.ascontiguousarray(found.reshape(*self.shape[:0:-1], len(rows)).T)

    def between(self, first: int, end: int) -> Array:
        """Give the rows from `first` to before `end`."""
        return self.take(numpy.arange(first, end))


def in_memory(array: Array, where: str) -> Rows:
    """Give the rows of an array; those of a memory map are read from its file, where that can be.

    A map whose file is gone or another one by now, or that holds what was never written, stays one.
    Raises DataError for a map whose file has become too short: to touch it would kill the process.
    """
    if isinstance(array, numpy.memmap) and array.filename is not None and array.mode != "c":
        return _of_map(array, Path(array.filename), where) or Held(array, where)
    return Held(array, where)


def _of_map(array: numpy.memmap[Any, Any], path: Path, where: str) -> Stored | None:
    """Give the rows of the file under a map; None where they do not lie there one after another."""
    if not array.size or not array.flags.c_contiguous or not path.is_file():
        return None
    begin = numpy.frombuffer(array._mmap, "uint8").ctypes.data  # type: ignore[attr-defined]
    start = array.offset - array.offset % mmap.ALLOCATIONGRANULARITY + array.ctypes.data - begin
    if path.stat().st_size < start + array.nbytes:
        raise DataError(
            f"{where}: {path} holds fewer bytes than were mapped: it was cut short meanwhile"
        )
    rows = Stored(path, start, array.shape, array.dtype, where)
    for row in (0, array.shape[0] - 1):
        if rows.between(row, row + 1).tobytes() != array[row].tobytes():
            return None
    return rows


def passes(rows: Rows, times: int = 1) -> Iterator[tuple[int, int]]:
    """Yield the beginning and end of pieces that are small enough to be looked at whole.

    `times` is how many numbers become of one.
    """
    size = max(1, LARGEST_PASS // max(1, prod(rows.shape[1:]) * times))
    for first in range(0, rows.shape[0], size):
        yield first, min(first + size, rows.shape[0])
