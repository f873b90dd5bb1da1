"""Parquet files, `.parquet`, read and written by pyarrow.

Columns are numbers, lists of one length or of any, and others, which are not read. A number that
is missing (null) is NaN, a list that is missing has no entries. The extra `root` brings pyarrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy

from ..errors import DataError
from .branches import Branch
from .broken import readable
from .filling import gathered, identifiers, kept_open
from .packages import package
from .ragged import Ragged
from .table import Table

if TYPE_CHECKING:
    from . import Array

NAME = "parquet"
SUFFIXES = (".parquet", ".pq")


class Parquet(Table):
    """An open parquet file."""

    def __init__(self, path: Path, lengths: str | None) -> None:
        """Read what the file says of its columns."""
        with path.open("rb"):  # in the system's own words where it cannot be read
            pass
        parquet = package("pyarrow.parquet")
        with readable(str(path)):
            self._file = parquet.ParquetFile(path)
        try:
            with readable(str(path)):
                branches = [_branch(field) for field in self._file.schema_arrow]
                rows = self._file.metadata.num_rows
            super().__init__(str(path), rows, branches, lengths)
        except BaseException:
            self._file.close()
            raise

    def blocks(self, names: Sequence[str], rows: int) -> Iterator[dict[str, Any]]:
        """Yield columns by name, some rows at a time."""
        batches = self._file.iter_batches(rows, columns=list(names))
        while True:
            with readable(self.where):
                batch = next(batches, None)
                if batch is None:
                    return
                block = {
                    name: _block(batch.column(name), self._branch(name), self.where)
                    for name in names
                }
            yield block

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._file.close()


def open(path: Path, array: str | None, lengths: str | None) -> Parquet:
    """Open the file; `lengths` is a column that counts each event's steps."""
    if array is not None:
        raise DataError(f"{path}: a parquet file has columns, no array {array!r}")
    return Parquet(path, lengths)


def written_as(columns: Iterable[str]) -> list[str]:
    """Give the names that columns get: those that a branch of a ROOT file would have."""
    return identifiers(columns)


def fill(stream: IO[bytes], some: Iterable[Mapping[str, Array]], inside: str = "") -> None:
    """Write a file with these columns, arrays (rows,) or (rows, n)."""
    arrow, parquet = package("pyarrow"), package("pyarrow.parquet")
    with kept_open(stream) as file:
        writer = None
        for table in gathered(some):
            made = arrow.table({name: _column(array) for name, array in table.items()})
            if writer is None:
                writer = parquet.ParquetWriter(file, made.schema)
            writer.write_table(made)
        if writer is not None:
            writer.close()


def _column(array: Array) -> Any:
    arrow = package("pyarrow")
    flat = arrow.array(numpy.ascontiguousarray(array).reshape(-1))
    for size in reversed(array.shape[1:]):
        flat = arrow.FixedSizeListArray.from_arrays(flat, size)
    return flat


def _branch(field: Any) -> Branch:
    """Give what a column holds."""
    types = package("pyarrow").types
    kind, shape = field.type, []
    while types.is_fixed_size_list(kind):
        shape.append(kind.list_size)
        kind = kind.value_type
    ragged = not shape and (types.is_list(kind) or types.is_large_list(kind))
    kind = kind.value_type if ragged else kind
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return Branch(field.name, numpy.dtype(kind.to_pandas_dtype()).name, tuple(shape), ragged)
    texts = types.is_string(kind) or types.is_large_string(kind)
    return Branch(field.name, "", texts=texts and not ragged, what=str(field.type))


def _block(array: Any, branch: Branch, where: str) -> Any:
    """Give the rows of a column; where some number is missing, in floats."""
    if branch.ragged:
        offsets = numpy.zeros(len(array) + 1, "int64")
        numpy.cumsum(_numbers(array.value_lengths().fill_null(0)), out=offsets[1:])
        return Ragged(offsets, _numbers(array.flatten()))
    for _ in branch.shape:
        if array.null_count:
            raise DataError(
                f"{where}: {branch.name}: wanted a list in every row, found none in one"
            )
        array = array.flatten()
    if branch.texts:
        return numpy.array([value or "" for value in array.to_pylist()], "U")
    return _numbers(array).reshape(-1, *branch.shape)


def _numbers(array: Any) -> Array:
    types = package("pyarrow").types
    if types.is_boolean(array.type):
        array = array.cast("uint8")
    found: Array = array.to_numpy(zero_copy_only=False)
    return found
