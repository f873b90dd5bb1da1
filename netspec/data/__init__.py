"""Files of events that a network reads, and of outputs that it writes; one file a kind.

A module here is a kind of file when it has the four words

    NAME      what the user calls it, "csv"
    SUFFIXES  the endings of its files, (".csv", ".tsv")
    open      open(path, array, lengths) -> Source
    write     write(blocks, shape, dtype, columns) -> the bytes of a file, piece by piece

and is found by walking the folder. A kind of several arrays with names has a fifth,

    arrays    arrays(path) -> Arrays

which training and evaluation read; those of a kind without it are columns of its one table. A kind
that is not written from its first byte to its last has, in the place of `write`,

    fill        fill(stream, columns by name, some rows at a time, tree)
    written_as  written_as(columns) -> the names that they get in the file

The verbs work on some rows at a time, so that a file may be larger than the memory. Nothing is
believed that a file says about its size, nothing is unpickled. A path may name a tree in a file,
`events.root:tree`.

    csv npy npz parquet root                the kinds; folder, of one npy file for each array
    tree baskets forms interpretations      how a tree is read, for root
    table branches ragged blocks            columns that have types of their own: trees and parquet
    columns computed sequences kept         what is taken of them: variables, expressions, steps
    filling                                 what is written into them
    rows places spread libraries            what all of these share
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from ..errors import DataError, nearest
from .places import place

if TYPE_CHECKING:
    import numpy

    from .rows import Rows

    Array = numpy.ndarray[Any, numpy.dtype[Any]]


class Chunk(NamedTuple):
    """Some consecutive rows: `x` (rows, ...) and, where the file has them, `lengths` (rows,)."""

    x: Array
    lengths: Array | None


class Arrays(Protocol):
    """Arrays of a file or a folder by name, for a `with` statement."""

    @property
    def names(self) -> Sequence[str]:
        """Give the names."""

    def rows(self, name: str, kinds: str = ...) -> Rows:
        """Give the rows of one of them; `kinds` are the letters of the dtypes that are taken."""

    def __enter__(self) -> Self:
        """Give the arrays themselves."""

    def __exit__(self, *error: object) -> None:
        """Close the file; rows that were given stay."""


class Source(Protocol):
    """An open file of events, to be used in a `with` statement.

    `shape` is that of the whole array, rows first. `columns` are the names along its last axis,
    () where the file has none. `has_lengths`: each row comes with its number of steps.
    """

    shape: tuple[int, ...]
    columns: tuple[str, ...]
    has_lengths: bool

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the whole file, at most so many rows at a time.

        `columns` picks from those that have names, in its own order; the others need not be
        numbers.
        """

    def __enter__(self) -> Self:
        """Give the source itself."""

    def __exit__(self, *error: object) -> None:
        """Close the file."""


def known() -> dict[str, ModuleType]:
    """Give the module of every kind of file, by its name.

    >>> sorted(known())
    ['csv', 'npy', 'npz', 'parquet', 'root']
    """
    modules = (import_module(f".{found.name}", __name__) for found in iter_modules(__path__))
    return {module.NAME: module for module in modules if hasattr(module, "SUFFIXES")}


def kind(path: str | PathLike[str], format: str | None = None) -> ModuleType:
    """Give the module for a file: the one called `format`, or else the one of the suffix.

    Raises DataError, with the nearest word that is known, where there is none.
    """
    modules = known()
    if format is not None:
        if format not in modules:
            raise DataError(f"no kind of data is called {format!r}{nearest(format, modules)}")
        return modules[format]
    suffix = place(path).file.suffix.lower()
    suffixes = {word: module for module in modules.values() for word in module.SUFFIXES}
    if suffix not in suffixes:
        found = f"found {suffix!r}" if suffix else "found none"
        raise DataError(
            f"{fspath(path)}: wanted the suffix of a kind of data, {found}"
            f"{nearest(suffix, suffixes)}"
        )
    return suffixes[suffix]


def open(
    path: str | PathLike[str],
    *,
    format: str | None = None,
    array: str | None = None,
    lengths: str | None = None,
) -> Source:
    """Open a file of events.

    `array` names the array of an npz file, by default `x`. `lengths` names what holds each row's
    number of steps: an array of the npz file (by default `lengths`, where there is one) or a
    column of the csv file.
    Raises DataError for a file that is not what its kind promises, OSError where it cannot be read.
    """
    source: Source = kind(path, format).open(Path(path), array, lengths)
    return source


def write(
    module: ModuleType,
    blocks: Iterable[Array],
    shape: Sequence[int],
    dtype: str,
    columns: Sequence[str] = (),
) -> Iterator[bytes]:
    """Yield the bytes of a file of the kind `module` that holds an array of `shape`, rows first.

    `blocks` are its rows, some at a time; `columns` name the last axis, where the kind keeps names.
    """
    pieces: Iterator[bytes] = module.write(iter(blocks), tuple(shape), dtype, tuple(columns))
    return pieces
