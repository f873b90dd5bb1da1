"""Comma-separated values, `.csv` (or tabs, `.tsv`): a line for each event, a number in each cell.

The first line may hold the names of the columns. The separator is a semicolon or a tab where the
first line has one, else a comma. A cell holds a number with a decimal point; `nan` and `inf` are
numbers, an empty cell is not; a column that nobody asks for may hold anything. Every error tells
file, line and column, as an editor counts them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy

from ..errors import DataError, Place, nearest
from . import Chunk

if TYPE_CHECKING:
    from . import Array

NAME = "csv"
SUFFIXES = (".csv", ".tsv")

LONGEST_LINE = 2**26  # characters; a file without line ends is not taken into memory


class Line(NamedTuple):
    """A line that is not empty; `number` counts all lines from 1."""

    number: int
    text: str


class Csv:
    """An open csv file: `shape` is (rows, columns), the column of the lengths not counted."""

    def __init__(self, path: Path, lengths: str | None) -> None:
        self._path = path
        self._stream = path.open(encoding="utf-8-sig", newline="")
        try:
            self._start(lengths)
        except BaseException:
            self._stream.close()
            raise

    def _start(self, lengths: str | None) -> None:
        """Find out the separator, the names of the columns and the number of rows."""
        first = next(self._lines(), None)
        if first is None:
            raise DataError(f"{self._path}: the file is empty")
        bare = re.sub('"[^"]*"', "", first.text)  # what stands in quotes separates nothing
        self._separator = next((mark for mark in ";\t" if mark in bare), ",")
        # NumPy's savetxt puts a # before the names.
        line = first._replace(text=first.text.lstrip("# "))
        self._names = [cell.strip() for cell in self._cells(line)]
        self._header = not any(map(_is_number, self._names))
        if self._header and len(set(self._names)) < len(self._names):
            name = next(name for name, count in Counter(self._names).items() if count > 1)
            raise DataError(f"{self._place(first)}: two columns are called {name!r}")
        self.has_lengths = lengths is not None
        self._steps = None if lengths is None else self._column(lengths)
        columns = [name for k, name in enumerate(self._names) if k != self._steps]
        self.columns = tuple(columns) if self._header else ()
        self._stream.seek(0)
        rows = sum(1 for _ in self._lines()) - self._header
        self.shape: tuple[int, ...] = (rows, len(columns))

    def _column(self, name: str) -> int:
        if not self._header:
            raise DataError(f"{self._path}: wanted a column {name!r}, found columns without names")
        if name not in self._names:
            raise DataError(f"{self._path}: no column {name!r}{nearest(name, self._names)}")
        return self._names.index(name)

    def chunks(self, rows: int, columns: Sequence[int] | None = None) -> Iterator[Chunk]:
        """Yield the rows of the file in float64, at most so many at a time.

        `columns` picks from `self.columns`; what the others hold is not looked at.
        """
        places = [k for k in range(len(self._names)) if k != self._steps]
        if columns is not None:
            places = [places[k] for k in columns]
        steps = [] if self._steps is None else [self._steps]
        self._stream.seek(0)
        lines = islice(self._lines(), self._header, None)
        while some := list(islice(lines, rows)):
            x = self._numbers(some, [*places, *steps])
            yield Chunk(x[:, : len(places)], x[:, -1] if steps else None)

    def texts(self, columns: Sequence[int]) -> Iterator[list[str]]:
        """Yield, row by row, what the cells of some columns hold, without the blanks around it."""
        places = [k for k in range(len(self._names)) if k != self._steps]
        self._stream.seek(0)
        for line in islice(self._lines(), self._header, None):
            cells = self._whole_row(line)
            yield [cells[places[k]].strip() for k in columns]

    def _lines(self) -> Iterator[Line]:
        number = 0
        try:
            while text := self._stream.readline(LONGEST_LINE):
                number += 1
                if len(text) == LONGEST_LINE:
                    raise DataError(
                        f"{self._path}:{number}: wanted lines, found no end of this one"
                    )
                if text.strip(" \r\n"):  # tabs alone are empty cells
                    yield Line(number, text.rstrip("\r\n"))
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise DataError(f"{self._path}: wanted UTF-8, found the byte 0x{byte:02x}") from None

    def _numbers(self, lines: list[Line], places: list[int]) -> Array:
        """Turn lines into numbers (rows, places): all at once or, if that fails, one by one."""
        texts, marks = [line.text for line in lines], len(self._names) - 1
        # Quotes may hide a separator: how many cells such a line has, only the slow way can tell.
        if all(text.count(self._separator) == marks and '"' not in text for text in texts):
            try:
                x: Array = numpy.loadtxt(
                    texts, comments=None, delimiter=self._separator, ndmin=2, usecols=places
                )
                return x
            except ValueError:  # which of the cells it was, only the slow way can tell
                pass
        return numpy.array([self._row(line, places) for line in lines])

    def _whole_row(self, line: Line) -> list[str]:
        cells = self._cells(line)
        if len(cells) != len(self._names):
            raise DataError(
                f"{self._place(line)}: wanted {len(self._names)} cells, as in the first line, "
                f"found {len(cells)}"
            )
        return cells

    def _row(self, line: Line, places: list[int]) -> list[float]:
        cells = self._whole_row(line)
        for k in places:
            cell = cells[k]
            if not _is_number(cell):
                # Quotes are gone from the cells, and with them the way back to the place.
                start = 0 if '"' in line.text else sum(len(c) + 1 for c in cells[:k]) + 1
                found = repr(cell) if cell.strip() else "nothing (a missing value is written nan)"
                name = f" ({self._names[k]})" if self._header else ""
                raise DataError(
                    f"{self._place(line, start)}: column {k + 1}{name}: "
                    f"wanted a number, found {found}"
                )
        return [float(cells[k]) for k in places]

    def _cells(self, line: Line) -> list[str]:
        if '"' not in line.text:
            return line.text.split(self._separator)
        try:
            return next(csv.reader([line.text], delimiter=self._separator, strict=True))
        except csv.Error as error:
            raise DataError(f"{self._place(line)}: {error}") from None

    def _place(self, line: Line, column: int = 0) -> Place:
        return Place(str(self._path), line.number, column)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    # Python reads 1_000 and the digits of every script as numbers, nobody else does.
    return "_" not in text and text.strip().isascii()


def open(path: Path, array: str | None, lengths: str | None) -> Csv:
    """Open the file and count its rows; `lengths` names the column of the numbers of steps."""
    if array is not None:
        raise DataError(f"{path}: a csv file holds no array called {array!r}; an npz file can")
    return Csv(path, lengths)


def write(
    blocks: Iterator[Array], shape: tuple[int, ...], dtype: str, columns: tuple[str, ...]
) -> Iterator[bytes]:
    """Yield the lines of the file: the names, then the rows in the shortest exact numbers.

    What has more than two axes is written flat, the last axis running fastest.
    """
    if columns:
        yield _line(columns)
    for block in blocks:
        if len(block):
            rows = numpy.asarray(block, dtype).reshape(len(block), -1)
            yield b"".join(_line(map(str, row)) for row in rows)


def _line(cells: Iterable[str]) -> bytes:
    special = set(',;\t"\r\n')
    quoted = ('"' + c.replace('"', '""') + '"' if special & set(c) else c for c in cells)
    return (",".join(quoted) + "\n").encode()
