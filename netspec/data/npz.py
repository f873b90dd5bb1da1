"""NumPy's file of several arrays, `.npz`: a zip archive of npy files.

The events are in the array `x` (or in the only one there is), and each event's number of steps,
for sequences of different lengths, in `lengths`. The archive is unpacked some rows at a time,
whatever size it claims to have, so that a zip bomb goes off in small pieces.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy

from ..errors import DataError, nearest
from . import Chunk, npy
from .rows import Held

if TYPE_CHECKING:
    from . import Array

NAME = "npz"
SUFFIXES = (".npz",)

# An array that is stored by columns is read as a whole: of a packed one, no more than this.
LARGEST_BY_COLUMNS = 2**30  # bytes
AT_ONCE = 2**24  # bytes that are unpacked in one go
# No deflated byte gives more than 1032: a member that claims more is a lie.
LARGEST_RATIO = 1040


class Member:
    """One array of the archive, read from its first row to its last."""

    def __init__(self, archive: ZipFile, name: str, where: str, kinds: str = npy.NUMBERS) -> None:
        self.where = f"{where}[{name}]"
        entry = archive.getinfo(f"{name}.npy")
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or entry.flag_bits & 1:
            raise DataError(f"{self.where}: wanted a stored or deflated member, found another kind")
        try:
            self._stream: IO[bytes] = archive.open(entry)
            self.header = npy.header(self._stream, self.where, kinds)  # type: ignore[arg-type]  # never written to
        except DataError:
            raise
        except Exception as error:  # zipfile lets out whatever a broken member does to it
            raise DataError(f"{self.where}: the archive is broken: {error}") from None
        there = entry.file_size - self._stream.tell()
        possible = entry.compress_size * LARGEST_RATIO
        if self.header.bytes != there or entry.file_size > max(possible, LARGEST_RATIO):
            raise DataError(
                f"{self.where}: {self.header.dtype}{self.header.shape} wants "
                f"{self.header.bytes} bytes, the archive holds {min(there, possible)}"
            )
        if self.header.by_columns and self.header.bytes > LARGEST_BY_COLUMNS:
            raise DataError(
                f"{self.where}: stored by columns and too large to turn at once; "
                "save numpy.ascontiguousarray(x), or an npy file"
            )

    def whole(self) -> Array:
        """Give the whole array. Raises DataError where there is no memory for it."""
        try:
            found = numpy.empty(self.header.shape, self.header.dtype)
        except MemoryError:
            raise DataError(
                f"{self.where}: {self.header.bytes} bytes do not fit into memory: "
                "a folder of npy files is read in pieces"
            ) from None
        rows = max(1, AT_ONCE * max(1, len(found)) // max(1, self.header.bytes))
        first = 0
        for block in self.blocks(rows):
            found[first : first + len(block)] = block
            first += len(block)
        return found

    def blocks(self, rows: int) -> Iterator[Array]:
        """Yield the array, at most so many rows at a time."""
        count, *rest = self.header.shape
        if self.header.by_columns:
            whole = self._numbers(count).reshape(self.header.shape, order="F")
            yield from (whole[first : first + rows] for first in range(0, count, rows))
            return
        for first in range(0, count, rows):
            wanted = min(rows, count - first)
            yield self._numbers(wanted).reshape(wanted, *rest)

    def _numbers(self, rows: int) -> Array:
        """Read the numbers of so many rows, in the order of the file."""
        wanted = self.header.bytes // max(1, self.header.shape[0]) * rows
        try:
            data = self._stream.read(wanted)
        except Exception as error:  # the same for a broken member
            raise DataError(f"{self.where}: the archive is broken: {error}") from None
        if len(data) != wanted:
            raise DataError(f"{self.where}: the archive ends too early")
        return numpy.frombuffer(data, self.header.dtype)


class Npz:
    """An open npz file."""

    columns: tuple[str, ...] = ()

    def __init__(self, path: Path, array: str | None, lengths: str | None) -> None:
        self._stream = path.open("rb")
        try:
            self._archive = ZipFile(self._stream)
            names = [name[:-4] for name in self._archive.namelist() if name.endswith(".npy")]
            steps = lengths or ("lengths" if "lengths" in names else None)
            others = [name for name in names if name != steps]
            wanted = array or (others[0] if len(others) == 1 else "x")
            for name in filter(None, (wanted, steps)):
                if name not in names:
                    raise DataError(f"{path}: there is no array {name!r}{nearest(name, names)}")
            self._x = Member(self._archive, wanted, str(path))
            self._lengths = Member(self._archive, steps, str(path)) if steps else None
            self.shape = self._x.header.shape
            if self._lengths and self._lengths.header.shape != self.shape[:1]:
                raise DataError(
                    f"{self._lengths.where}: wanted {self.shape[:1]}, a number for each row of "
                    f"{wanted}, found {self._lengths.header.shape}"
                )
        except BaseException:
            self._stream.close()
            raise
        self.has_lengths = self._lengths is not None

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the rows of the file, at most so many at a time, once; no columns to pick."""
        if self._lengths is None:
            yield from (Chunk(x, None) for x in self._x.blocks(rows))
        else:
            yield from map(Chunk, self._x.blocks(rows), self._lengths.blocks(rows))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._archive.close()
        self._stream.close()


def open(path: Path, array: str | None, lengths: str | None) -> Npz:
    """Open the archive and read the headers of the arrays that are wanted."""
    try:
        return Npz(path, array, lengths)
    except (DataError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:  # zipfile lets out whatever a broken directory does to it
        raise DataError(f"{path}: not an npz archive, or a broken one: {error}") from None


class Arrays:
    """The arrays of an archive by name, for a `with` statement; each is taken into memory whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._stream = path, path.open("rb")
        try:
            self._archive = ZipFile(self._stream)
        except BaseException:
            self._stream.close()
            raise
        self.names = [n[:-4] for n in self._archive.namelist() if n.endswith(".npy")]

    def rows(self, name: str, kinds: str = npy.NUMBERS) -> Held:
        """Give the rows of one array; `kinds` are the letters of the dtypes that are taken."""
        member = Member(self._archive, name, str(self._path), kinds)
        return Held(member.whole(), member.where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._archive.close()
        self._stream.close()


def arrays(path: Path) -> Arrays:
    """Open the archive and read the names of its arrays."""
    try:
        return Arrays(path)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:  # zipfile lets out whatever a broken directory does to it
        raise DataError(f"{path}: not an npz archive, or a broken one: {error}") from None


class _Drain(io.RawIOBase):
    """A file that only grows at its end and is emptied by whoever passes it on."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.waiting.append(bytes(data))  # type: ignore[call-overload]  # a buffer
        return len(self.waiting[-1])

    def take(self) -> bytes:
        data, self.waiting = b"".join(self.waiting), []
        return data


def write(
    blocks: Iterator[Array], shape: tuple[int, ...], dtype: str, columns: tuple[str, ...]
) -> Iterator[bytes]:
    """Yield the bytes of an archive with one array `y`, not packed; names have no place in it."""
    drain = _Drain()
    archive = ZipFile(drain, "w", ZIP_STORED)
    # The date is zip's own zero, so that the same outputs give the same bytes.
    with archive, archive.open(ZipInfo("y.npy"), "w", force_zip64=True) as member:
        for piece in npy.write(blocks, shape, dtype, columns):
            member.write(piece)
            yield drain.take()
    yield drain.take()
