"""Parquet files, `.parquet`, read and written by pyarrow.

Columns are numbers, lists of one length or of any, and others, which are not read. A number that
is missing (null) is NaN, a list that is missing has no entries. The extra `root` brings pyarrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy

from ..errors import DataError
from .blocks import Block
from .branches import Branch
from .filling import gathered, identifiers, kept_open
from .libraries import package, readable
from .ragged import Ragged
from .table import Table

if TYPE_CHECKING:
    from . import Array

NAME = "parquet"
SUFFIXES = (".parquet", ".pq")

FLOATS: Final = {"halffloat": "float16", "float": "float32", "double": "float64"}  # Arrow's words
BUFFER: Final = 2**15  # bytes that are read ahead of a column
LARGEST_GROUP: Final = 2**27  # bytes of a row group that may be held


class Parquet(Table):
    """An open parquet file."""

    def __init__(self, path: Path, lengths: str | None) -> None:
        """Read what the file says of its columns."""
        with path.open("rb"):  # in the system's own words where it cannot be read
            pass
        parquet = package("pyarrow.parquet")
        with readable(str(path)):
            said = parquet.read_metadata(path)
            groups = (said.row_group(k).total_byte_size for k in range(said.num_row_groups))
            # What is read before it is wanted is kept to the end; a row group is read as a whole,
            # unless it is through a buffer, which takes longer.
            buffer = BUFFER if max(groups, default=0) > LARGEST_GROUP else 0
            self._file = parquet.ParquetFile(
                path, metadata=said, pre_buffer=False, buffer_size=buffer
            )
        try:
            with readable(str(path)):
                branches = [_branch(field) for field in self._file.schema_arrow]
                rows = self._file.metadata.num_rows
            super().__init__(str(path), rows, branches, lengths)
        except BaseException:
            self._file.close()
            raise

    def blocks(self, names: Sequence[str], rows: int) -> Iterator[Block]:
        """Yield columns by name, some rows at a time."""
        at_once = self.at_once(names, rows)
        # Threads would take the processors from who computes meanwhile.
        batches = self._file.iter_batches(at_once, columns=list(names), use_threads=False)
        while True:
            with readable(self.where):
                batch = next(batches, None)
                if batch is None:
                    return
                block = {
                    name: _block(batch.column(name), self._branch(name), self.where)
                    for name in names
                }
            yield Block.of(block)

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


def fill(
    stream: IO[bytes],
    some: Iterable[Mapping[str, Array]],
    inside: str = "",
    *,
    rows: int | None = None,
) -> None:
    """Write a file with these columns, arrays (rows,) or (rows, n), none of which lacks a number.

    A row group holds `rows`, or a few megabytes of all columns; nothing is packed.
    """
    arrow, parquet = package("pyarrow"), package("pyarrow.parquet")
    with kept_open(stream) as file:
        writer = None
        for table in gathered(some, rows):
            columns = [_column(array) for array in table.values()]
            fields = [
                arrow.field(name, column.type, nullable=False)
                for name, column in zip(table, columns, strict=True)
            ]
            made = arrow.table(columns, schema=arrow.schema(fields))
            if writer is None:
                writer = parquet.ParquetWriter(
                    file, made.schema, compression="none", use_dictionary=False
                )
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
        name = str(kind)
        return Branch(field.name, FLOATS.get(name, name), tuple(shape), ragged)
    texts = types.is_string(kind) or types.is_large_string(kind)
    return Branch(field.name, "", texts=texts and not ragged, what=str(field.type))


def _block(array: Any, branch: Branch, where: str) -> Any:
    """Give the rows of a column; where some number is missing, in floats."""
    if branch.ragged:
        offsets = numpy.zeros(len(array) + 1, "int64")
        numpy.cumsum(array.value_lengths().fill_null(0).to_numpy(), out=offsets[1:])
        return Ragged(offsets, _numbers(array.flatten(), branch))
    for _ in branch.shape:
        if array.null_count:
            raise DataError(
                f"{where}: {branch.name}: wanted a list in every row, found none in one"
            )
        array = array.flatten()
    if branch.texts:
        return numpy.array([value or "" for value in array.to_pylist()], "U")
    return _numbers(array, branch).reshape(-1, *branch.shape)


def _numbers(array: Any, branch: Branch) -> Array:
    if branch.dtype != "bool":
        found: Array = array.to_numpy(zero_copy_only=False)
        return found
    found = array.cast("uint8").to_numpy(zero_copy_only=False)
    return found if array.null_count else found.astype("bool")
