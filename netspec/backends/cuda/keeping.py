"""Where compiled kernels are kept: `netspec/cuda` of the user's cache (`~/.cache`).

Where nothing can be kept there, a folder that ends with the process takes them.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from ...errors import UnavailableError, first_line


@cache
def folder() -> Path:
    """Give the folder of what was compiled; one for this process where there can be none."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        if not home.is_absolute():  # which the standard says to overlook
            home = Path("~/.cache").expanduser()
        found = home / "netspec" / "cuda"
        found.mkdir(parents=True, exist_ok=True)
        if os.access(found, os.W_OK | os.X_OK):
            return found
    except (OSError, RuntimeError):  # no home, or one that is read-only
        pass
    return _for_this_process()


def _for_this_process() -> Path:
    """Give a folder that ends with this process."""
    if not (found := Path(_temporary().name)).is_dir():  # somebody has tidied up
        _temporary().cleanup()
        _temporary.cache_clear()
        found = Path(_temporary().name)
    return found


@cache
def _temporary() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="netspec-cuda-")


def write(path: Path, data: bytes) -> Path:
    """Write a file, and say where: beside all others or, where none can be kept, for a while.

    Raises UnavailableError where not even that can be.
    """
    try:
        _whole(path, data)
    except OSError:  # a disk that is full, a folder that went
        try:
            path = _for_this_process() / path.name
            _whole(path, data)
        except OSError as error:
            raise UnavailableError(
                f"device 'cuda': wanted room for compiled kernels in {path.parent}, found"
                f" {first_line(error)}: XDG_CACHE_HOME names another folder"
            ) from None
    return path


def _whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: another process may be reading it."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        begun = Path(file.name)
    try:
        begun.write_bytes(data)
        begun.replace(path)
    except BaseException:  # Ctrl-C, too
        begun.unlink(missing_ok=True)
        raise
