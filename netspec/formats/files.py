"""Files: a source read whole, and a target replaced whole or not at all.

A file is written beside its target, under a name of its own (`.jets.xml.0f3a....tmp`), brought to
the disk, and only then given the target's name, in one step. Whoever looks at the target at any
moment, after a crash too, sees the old file or the new one. A kill at the wrong moment can leave
the `.tmp` file behind, which may be deleted.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from ..errors import UnavailableError
from ..specfile.source import content_of, is_option_string

HEAD: Final = 1 << 16  # bytes enough to tell what a file is
STREAMS: Final = re.compile(r"/dev/(stdin|stdout|stderr|fd/\d+)|/proc/[^/]+/fd/\d+")


class Source(NamedTuple):
    """The bytes of a file and what to call it in errors; `suffix` is in lower case."""

    name: str
    data: bytes
    suffix: str = ""

    @property
    def head(self) -> bytes:
        """Enough of the beginning to tell what the file is."""
        return self.data[:HEAD]

    @classmethod
    def of(cls, source: Any) -> Source:
        """Read a path, bytes or a binary file object.

        A string that holds `Layout=` and names no file is a TMVA option string itself. Raises
        UnavailableError where there is nothing to read, TypeError where the source is of another
        kind.
        """
        if isinstance(source, Source):
            return source
        if isinstance(source, bytes | bytearray | memoryview):
            return cls("<bytes>", bytes(source))
        if isinstance(source, str) and is_option_string(source):
            return cls("TMVA options", source.encode("utf-8", "surrogateescape"), ".tmva")
        if isinstance(source, str | os.PathLike):
            path = Path(source)
            return cls(os.fspath(source), content_of(path), path.suffix.lower())
        if hasattr(source, "read"):
            data = source.read()
            if not isinstance(data, bytes):
                raise TypeError("wanted a file opened for bytes (mode 'rb'), found one for text")
            name = getattr(source, "name", None)
            if not isinstance(name, str):  # in memory, or opened by number
                return cls("<file>", data)
            return cls(name, data, Path(name).suffix.lower())
        raise TypeError(
            f"wanted a path, bytes or a binary file object, found {type(source).__name__}"
        )


def write_atomically(target: Any, chunks: Iterable[bytes]) -> None:
    """Write the chunks to a path, whole or not at all, or to a binary file object.

    The target of a link is replaced and the link stays; the file's mode is kept; what is no
    regular file (a pipe, a terminal) is written as it comes. Raises OSError where the disk or the
    system refuses; the old file is then untouched. Raises TypeError for a file opened for text.
    """
    if hasattr(target, "write"):
        _pour(target, chunks)
        return
    path = Path(target)
    status = checked(path)
    if STREAMS.fullmatch(str(path.absolute())) or (status and not stat.S_ISREG(status.st_mode)):
        with _named(path), path.open("wb") as stream:
            _pour(stream, chunks)
        return
    _replace(path.resolve(), status, lambda file: _pour(file, chunks))


def fill_atomically(target: str | os.PathLike[str], fill: Callable[[IO[bytes]], None]) -> None:
    """Have `fill` write a file as `write_atomically` does, one in which it may go back and forth.

    Raises UnavailableError for what is no regular file, and cannot be gone back in.
    """
    path = Path(target)
    status = checked(path)
    if STREAMS.fullmatch(str(path.absolute())) or (status and not stat.S_ISREG(status.st_mode)):
        raise UnavailableError(f"{path}: wanted a file on a disk, found a stream")
    _replace(path.resolve(), status, fill)


def checked(path: Path) -> os.stat_result | None:
    """Give what the system knows of a file that is to be written, None where it is a new one.

    Raises OSError where it can be seen without writing that it cannot be written.
    """
    try:
        status: os.stat_result | None = path.stat()
    except FileNotFoundError:
        status = None
    except ValueError:  # a zero byte in the name
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path)) from None
    if status and stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(
            errno.EISDIR, "wanted the name of a file, found a folder", str(path)
        )
    if status is None or stat.S_ISREG(status.st_mode):
        folder = Path(os.path.realpath(path)).parent
        if not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        # A file that may not be written is not replaced either, though its folder would allow it.
        for one in filter(None, (status and path, folder)):
            if not os.access(one, os.W_OK) and one.exists():  # not deleted since
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return status


def _replace(path: Path, status: os.stat_result | None, fill: Callable[[IO[bytes]], None]) -> None:
    """Write beside `path`, then take its name."""
    # A name may have 255 bytes: 40 characters of UTF-8 leave room for the rest of it.
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.tmp")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with _named(path):
        # The system takes the user's umask off 0o666: the mode of any new file.
        descriptor = os.open(beside, flags, 0o666)
    try:
        with _named(path):
            with os.fdopen(descriptor, "w+b") as file:
                if status:
                    _keep_owner_and_mode(descriptor, status)
                fill(file)
                file.flush()
                os.fsync(descriptor)
            beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the target's name into errors of the system, not none, nor that of the file beside it."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from None


def _keep_owner_and_mode(descriptor: int, status: os.stat_result) -> None:
    if hasattr(os, "fchown"):
        with contextlib.suppress(PermissionError):  # only the superuser may give files away
            os.fchown(descriptor, status.st_uid, status.st_gid)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, too, where the system can do that for a folder."""
    if os.name == "posix":
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except PermissionError:  # a folder may be written to and not read
            return
        try:
            os.fsync(descriptor)
        except OSError as error:  # some network file systems do not know how
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(descriptor)


def _pour(file: IO[bytes], chunks: Iterable[bytes]) -> None:
    """Write everything, also where a raw file takes only a part at a time."""
    if isinstance(file, io.TextIOBase) or hasattr(file, "encoding"):
        raise TypeError("wanted a file opened for bytes (mode 'wb'), found one for text")
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            written = file.write(rest)
            rest = rest[written:] if isinstance(written, int) else rest[len(rest) :]
