"""NumPy's file of one array, `.npy`: a header that tells the type and the shape, then the numbers.

The file is read some rows at a time. The size that the header claims is held against the size of
the file first, so that a header that lies costs nothing.

Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self

import numpy

from ..errors import DataError
from . import Chunk
from .rows import Held, Rows, Stored, StoredByColumns

if TYPE_CHECKING:
    from . import Array

NAME = "npy"
SUFFIXES = (".npy",)

LONGEST_HEADER = 10_000  # bytes; NumPy's own limit for files of strangers
# An array that is stored by columns is turned in memory as a whole, unless it is larger.
LARGEST_TURNED = 2**28  # bytes

NUMBERS, TEXTS = "biuf", "US"  # letters of NumPy's dtypes


class Header(NamedTuple):
    """What a file says of its array; `by_columns`: the first axis runs fastest (Fortran)."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: numpy.dtype[Any]

    @property
    def bytes(self) -> int:
        """How many bytes the numbers of the array take."""
        return prod(self.shape) * self.dtype.itemsize


def header(stream: BinaryIO, where: str, kinds: str = NUMBERS) -> Header:
    """Read the header and leave `stream` at the first number.

    `kinds` are the letters of the dtypes that are taken. Raises DataError for a file that is no
    npy, and for an array of another kind.
    """
    try:
        version = numpy.lib.format.read_magic(stream)
    except ValueError:
        raise DataError(f"{where}: wanted an npy array, found no beginning of one") from None
    readers = {
        (1, 0): numpy.lib.format.read_array_header_1_0,
        (2, 0): numpy.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise DataError(f"{where}: wanted version 1 or 2 of the npy format, found {version[0]}")
    try:
        found = Header(*readers[version](stream, max_header_size=LONGEST_HEADER))
    except OSError:
        raise
    except Exception:  # NumPy lets out whatever a broken header does to its parser
        raise DataError(f"{where}: wanted an npy array, found a broken header of one") from None
    if found.dtype.kind not in kinds or not found.dtype.itemsize:
        hint = " (nothing is unpickled)" if found.dtype.kind == "O" else ""
        wanted = "real numbers" if kinds == NUMBERS else "real numbers or texts"
        raise DataError(f"{where}: wanted an array of {wanted}, found {found.dtype}{hint}")
    if not _can_be(found):
        raise DataError(f"{where}: wanted the shape of an array, found {found.shape}")
    if not found.shape:
        raise DataError(f"{where}: wanted rows of numbers, found a single number")
    return found


def _can_be(said: Header) -> bool:
    """Whether NumPy can make such an array; it counts sizes of 0 as 1 when it adds up bytes."""
    if any(isinstance(size, bool) or size < 0 for size in said.shape):
        return False
    return prod(max(1, size) for size in said.shape) * said.dtype.itemsize < 2**63


def rows(path: Path, kinds: str = NUMBERS, where: str | None = None) -> Rows:
    """Open the file and give its rows, which `where` names in errors (default: the path).

    Raises DataError for a file that is no npy, OSError where it cannot be read.
    """
    where = where or str(path)
    with path.open("rb") as stream:
        head = header(stream, where, kinds)
        start = stream.tell()
        there = stream.seek(0, io.SEEK_END) - start
    if there != head.bytes:
        raise DataError(
            f"{where}: {head.dtype}{head.shape} wants {head.bytes} bytes, found {there}"
        )
    if not head.by_columns or len(head.shape) == 1:
        return Stored(path, start, head.shape, head.dtype, where)
    if head.bytes > LARGEST_TURNED:
        return StoredByColumns(path, start, head.shape, head.dtype, where)
    whole = Stored(path, start, (prod(head.shape),), head.dtype, where)
    return Held(whole.between(0, prod(head.shape)).reshape(head.shape, order="F"), where)


class Npy:
    """An open npy file."""

    columns: tuple[str, ...] = ()
    has_lengths = False

    def __init__(self, path: Path) -> None:
        self._rows = rows(path)
        self.shape = self._rows.shape

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the rows of the file, at most so many at a time; there are no columns to pick."""
        for first in range(0, self.shape[0], rows):
            yield Chunk(self._rows.between(first, min(first + rows, self.shape[0])), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        del self._rows  # the open file goes with it


def open(path: Path, array: str | None, lengths: str | None) -> Npy:
    """Open the file; it holds one array without a name, and nothing else."""
    for word in (array, lengths):
        if word is not None:
            raise DataError(f"{path}: an npy file holds no array called {word!r}; an npz file can")
    return Npy(path)


class Arrays:
    """The one array of the file, by the name of `x`, for a `with` statement."""

    names = ("x",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, name: str, kinds: str = NUMBERS) -> Rows:
        """Give its rows; `kinds` are the letters of the dtypes that are taken."""
        return rows(self._path, kinds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open but what is still in use."""


arrays = Arrays


def write(
    blocks: Iterator[Array], shape: tuple[int, ...], dtype: str, columns: tuple[str, ...]
) -> Iterator[bytes]:
    """Yield the bytes of the file, little endian, row after row; names of columns have no place."""
    kind = numpy.dtype(dtype).newbyteorder("<")
    head = io.BytesIO()
    numpy.lib.format.write_array_header_1_0(
        head, {"descr": kind.str, "fortran_order": False, "shape": shape}
    )
    yield head.getvalue()
    rows = 0
    for block in blocks:
        rows += len(block)
        yield numpy.ascontiguousarray(block, kind).tobytes()
    if rows != shape[0]:
        raise DataError(f"wanted the {shape[0]} rows that the header tells, found {rows}")
