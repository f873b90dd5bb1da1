"""A folder of npy files, one an array: for events that are larger than the memory.

    x.npy  y.npy  weights.npy  lengths.npy  state/lstm_1/h.npy

Of each file only the rows that are asked for are read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..errors import DataError
from . import npy

if TYPE_CHECKING:
    from .rows import Rows

DEEPEST = 8  # folders below the first; names of layers inside layers go no deeper


class Arrays:
    """The arrays of a folder by name, "x" or "state/lstm_1/h", for a `with` statement."""

    def __init__(self, path: Path) -> None:
        """Look which files there are."""
        self._path = path
        self.names = sorted(self._files(path, DEEPEST))

    def _files(self, folder: Path, deep: int) -> list[str]:
        found = []
        for entry in folder.iterdir():
            if entry.suffix == ".npy":
                found.append(entry.relative_to(self._path).with_suffix("").as_posix())
            elif deep and entry.is_dir() and not entry.is_symlink():
                found += self._files(entry, deep - 1)
        return found

    def rows(self, name: str, kinds: str = npy.NUMBERS) -> Rows:
        """Give the rows of one array; `kinds` are the letters of the dtypes that are taken."""
        path = self._path / f"{name}.npy"
        if not path.is_file():
            raise DataError(f"{path}: wanted an npy file, found something else")
        return npy.rows(path, kinds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open but what is still in use."""


arrays = Arrays
