"""The baskets of a branch of plain numbers: its entries, straight from the file.

A basket is a key, of `keylen` bytes, and the numbers of consecutive entries behind it, big endian,
one after another; where it is not packed they are read where they stand, and nothing else is. What
is packed is unpacked by uproot, a basket at a time.

Source: the head of a key as ROOT's TKey and TBasket write it (TFile's documentation, "TKey").
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy

from ..errors import DataError
from .libraries import package

if TYPE_CHECKING:
    from . import Array

# Bytes of the key and what is behind it, version, bytes behind it unpacked, date, bytes of the key.
HEAD: Final = struct.Struct(">ihiIh")


class Baskets:
    """Entries of one branch by their numbers."""

    def __init__(self, own: Any, descriptor: int, where: str) -> None:
        """Take uproot's branch, for which `are_plain` holds, and the open file."""
        self._own, self._file, self._where = own, descriptor, where
        self._ends = numpy.asarray(own.entry_offsets, "int64")
        self._seeks = own.member("fBasketSeek")
        kind = numpy.dtype(own.interpretation.from_dtype)
        self._dtype, self._shape = kind.base, kind.shape
        self._size = kind.itemsize
        self._start = (-1, 0)  # the last basket, and where its numbers begin; 0: they are packed
        self._whole: tuple[int, Array] = (-1, numpy.empty(0, self._dtype))

    def between(self, first: int, end: int) -> Array:
        """Give the entries from `first` to before `end`, at least one, in the file's dtype.

        Raises DataError for baskets that are not what the tree says; and whatever uproot raises.
        """
        if end > self._ends[-1]:
            raise self._short(f"{end} entries or more, as the tree says")
        number = int(numpy.searchsorted(self._ends, first, "right")) - 1
        found = numpy.empty((end - first, *self._shape), self._dtype)
        at = first
        while at < end:
            start, stop = self._ends[number : number + 2].tolist()
            upto = min(stop, end)
            self._fill(found[at - first : upto - first], number, at - start, stop - start)
            at, number = upto, number + 1
        return found

    def _fill(self, found: Array, number: int, first: int, entries: int) -> None:
        """Write the entries of a basket, from `first` on, into the memory of `found`."""
        if self._start[0] != number:
            self._start = number, self._plain(number, entries * self._size)
        if not self._start[1]:
            found[...] = self._unpacked(number, entries)[first : first + len(found)]
            return
        waiting = memoryview(found.reshape(-1).view("uint8"))  # type: ignore[arg-type]  # NumPy's stubs
        at = self._start[1] + first * self._size
        while waiting:
            count = os.preadv(self._file, [waiting], at)
            if not count:
                raise self._short(f"numbers at byte {at}")
            waiting, at = waiting[count:], at + count

    def _plain(self, number: int, size: int) -> int:
        """Give where the numbers of a basket begin in the file; 0 where they are packed."""
        if number >= self._own.num_baskets:  # one that stands in the tree itself
            return 0
        seek = int(self._seeks[number])
        head = os.pread(self._file, HEAD.size, seek)
        if len(head) < HEAD.size:
            raise self._short(f"a basket at byte {seek}")
        nbytes, _, objlen, _, keylen = HEAD.unpack(head)
        return seek + keylen if nbytes - keylen == objlen == size else 0

    def _unpacked(self, number: int, entries: int) -> Array:
        """Give all entries of a packed basket; the last one is kept for whoever reads on."""
        if self._whole[0] != number:
            data = numpy.asarray(self._own.basket(number).data)
            if len(data) < entries * self._size:
                raise self._short(f"a basket of {entries * self._size} bytes")
            numbers = data[: entries * self._size].view(self._dtype)
            self._whole = number, numbers.reshape(entries, *self._shape)
        return self._whole[1]

    def _short(self, wanted: str) -> DataError:
        return DataError(f"{self._where}: {self._own.name}: wanted {wanted}, found their end")


def are_plain(own: Any) -> bool:
    """Tell whether a branch holds plain numbers, as many bytes for every entry."""
    held = own.interpretation
    numbers = package("uproot").interpretation.numerical
    plain = type(held) is numbers.AsDtype
    return plain and numpy.dtype(held.from_dtype).base.kind in "biuf"
