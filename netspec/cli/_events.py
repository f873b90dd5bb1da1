"""A file of events, brought to the shape that a network takes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy

from .. import data, door
from ..data.columns import fitting, names
from ..data.computed import Computed, find
from ..data.kept import Kept
from ..data.places import place
from ..data.sequences import Sequences, features
from ..data.spread import spread
from ..data.table import Table
from ..errors import DataError, nearest

if TYPE_CHECKING:
    from ..spec import NetworkSpec

LARGEST_CHUNK = 2**23  # numbers that are read at once, unless a single event has more
ROWS = 2048  # events at once, where they are small: those of a common network fit into a cache
ROWS_OF_A_GPU = 2**16  # which few events do not occupy


class Events:
    """Events of a file in pieces that fit a spec, for a `with` statement.

    Where an event is one row of variables, columns with names are put in the order of the spec's,
    expressions of them computed, and columns that nobody asks for are left out, whatever they hold;
    columns of a sequence are taken as they stand, but for those that `leave` names, where the
    command has such an option, and but for the arrays of a tree, which may be features
    (`data.sequences`, to which `branches` and `cut` go). The right
    count of numbers in a row (a line of a csv file) is taken in the order of the spec's axes, steps
    slowest, and put in a row where the spec wants one; of two shapes with several axes none is
    taken for the other.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        path: Path,
        *,
        format: str | None = None,
        array: str | None = None,
        lengths: str | None = None,
        leave: Sequence[str] | None = None,
        chunk: int | None = None,
        branches: str | None = None,
        cut: bool = False,
        rows: int = ROWS,
    ) -> None:
        file = place(path).file
        if str(path) == "-" or file.is_fifo() or file.is_char_device():
            raise DataError(
                f"{path}: wanted a file, which can be read twice, found a stream: save it first"
            )
        self._source = data.open(path, format=format, array=array, lengths=lengths)
        self._format, self._is_table = format, isinstance(self._source, Table)
        self._running: Generator[Any] | None = None
        try:
            self._spec, self._path = spec, path
            if branches is not None and not self._is_table:
                raise DataError(f"{path}: wanted a tree, whose branches are arrays, found none")
            self._columns = self._order(spec, leave or (), branches, cut)
            rows, *found = self._source.shape
            found = found if self._columns is None else [len(self._columns)]
            self.shape = (rows, *self._fitting(tuple(found), leave is not None))
            if self._source.has_lengths and len(self.shape) != 3:
                raise DataError(
                    f"{path}: found lengths, which only an input of (steps, features) takes"
                )
        except BaseException:
            self._source.__exit__()
            raise
        self.chunk = chunk or max(1, min(rows, LARGEST_CHUNK // max(1, prod(self.shape[1:]))))

    def chunks(self) -> Iterator[tuple[Any, Any]]:
        """Yield x (rows, ...) and lengths (rows,) or None, some rows at a time."""
        chunks = self._source.chunks(self.chunk, self._columns)
        if self._is_table:  # read ahead, which takes long enough
            chunks = self._running = spread(chunks, lambda chunk: chunk, 1)
        yield from self._fitted(chunks)

    def through(self, work: Callable[[Any, Any], Any], threads: int) -> Iterator[Any]:
        """Yield `work(x, lengths)` for each chunk, in order; so many threads read and work."""
        if threads == 1:
            yield from (work(x, lengths) for x, lengths in self.chunks())
            return
        chunks = self._fitted(self._source.chunks(self.chunk, self._columns))
        self._running = spread(chunks, lambda chunk: work(*chunk), threads)
        yield from self._running

    def _fitted(self, chunks: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
        first = 0
        for x, lengths in chunks:
            if lengths is not None:
                lengths = self._whole(lengths, first)
            x = x.reshape(len(x), *self.shape[1:])
            door.ids(self._spec, x, lengths, first)
            yield x, lengths
            first += len(x)

    def _whole(self, lengths: Any, first: int) -> Any:
        """Give the lengths as integers; `first` is the row of the file at which they begin."""
        with numpy.errstate(invalid="ignore"):  # NaN becomes some number, unlike itself
            whole = lengths.astype("int64")
        wrong = numpy.flatnonzero((whole != lengths) | (whole < 0) | (whole > self.shape[1]))
        if len(wrong):
            raise DataError(
                f"{self._path}: lengths[{first + wrong[0]}]: wanted a whole number of steps "
                f"from 0 to {self.shape[1]}, found {lengths[wrong[0]]}"
            )
        return whole

    def keep(self, names: Sequence[str]) -> Kept:
        """Open the file once more, for columns of it that go with the outputs."""
        if not self._is_table:
            raise DataError(f"{self._path}: wanted a tree or a parquet file to keep columns of")
        source = data.open(self._path, format=self._format)
        assert isinstance(source, Table)
        return Kept(source, names)

    def _order(
        self, spec: NetworkSpec, leave: Sequence[str], branches: str | None, cut: bool
    ) -> list[int] | None:
        """Give the columns to take, None for all; the source may become one that makes them."""
        wanted, there = list(names(spec.input.variables)), self._source.columns
        left: set[int] = set()
        for name in leave:
            left |= (found := set(self._named(name)))
            if not found:
                raise DataError(f"{self._path}: no column {name!r} to leave{nearest(name, there)}")
        if isinstance(self._source, Table):
            sizes = spec.input.sizes
            if some := features(self._source, sizes, wanted, leave, branches):
                self._source = Sequences(self._source, some, sizes[0], cut)
                return None
        if wanted and there and len(spec.input.sizes) == 1:
            found_columns = find(self._source, wanted, str(self._path))
            numbers = [column for column in found_columns if isinstance(column, int)]
            if len(numbers) == len(found_columns):
                return numbers
            self._source = Computed(self._source, found_columns)
            return None
        return [place for place in range(len(there)) if place not in left] if leave else None

    def _named(self, name: str) -> list[int]:
        if isinstance(self._source, Table):
            return self._source.named(name)
        return [place for place, there in enumerate(self._source.columns) if there == name]

    def _fitting(self, found: tuple[int, ...], may_leave: bool) -> tuple[int, ...]:
        try:
            return fitting(self._spec.input.sizes, found, str(self._path))
        except DataError as error:
            if not (may_leave and self._source.columns):
                raise
            raise DataError(f"{error}: --leave NAME leaves a column that is no input") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._running is not None:
            self._running.close()  # nobody reads on in a file that is closed
        self._source.__exit__(*error)
