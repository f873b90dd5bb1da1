"""Trees of a ROOT file, `.root`: TTree and RNTuple, read and written by uproot.

    events.root:tree            a tree by its name; the only one of a file needs none
    events.root:folder/tree;3   in a folder, a cycle of it

A branch of texts or objects may be there and is not read. What uproot says of a broken file ends
in one sentence. The extra `root` brings uproot and awkward.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy

from ..errors import DataError, nearest
from .branches import Branch
from .broken import readable
from .filling import gathered, identifiers, kept_open
from .forms import as_block, branch_of
from .packages import package
from .places import place
from .table import Table

if TYPE_CHECKING:
    from . import Array

NAME = "root"
SUFFIXES = (".root",)

TREES: Final = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
TREE: Final = "tree"  # the name of one that is written, where nobody says another
LARGEST_CLUSTER: Final = 4  # times as many rows as are wanted are read in one go


class Tree(Table):
    """An open tree of a file."""

    def __init__(self, path: Path, lengths: str | None) -> None:
        """Find the tree and what its branches hold."""
        where, (file, inside) = str(path), place(path)
        with file.open("rb"):  # in the system's own words where it cannot be read
            pass
        uproot = package("uproot")
        with readable(where):
            self._file = uproot.open(file, array_cache=None)
        try:
            with readable(where):
                said, size = int(self._file.file.fEND), file.stat().st_size
            if size < said:
                raise DataError(f"{where}: wanted {said} bytes, as it says, found {size}")
            with readable(where):
                self._tree = self._file[_name(self._file, inside, where)]
                self._has_baskets = hasattr(self._tree, "branches")
                self._held = dict(self._found())
                branches = [branch for branch, _ in self._held.values()]
                rows = int(self._tree.num_entries)
            super().__init__(where, rows, branches, lengths)
        except BaseException:
            self._file.close()
            raise

    def _found(self) -> Iterator[tuple[str, tuple[Branch, Any]]]:
        """Yield the name of every branch that holds something itself, what it is, and itself."""
        if not self._has_baskets:
            form = self._tree.arrays(entry_stop=0).layout.form
            for name, content in zip(form.fields, form.contents, strict=True):
                yield name, (branch_of(name, content), None)
            return
        for branch in self._tree.itervalues(recursive=True):
            if not len(branch.branches):
                yield branch.name, (_branch(branch), branch)

    def locate(self, name: str) -> int | None:
        """Give the number of a column, as `Table` does; the tree's own name may stand before it."""
        found = super().locate(name)
        if found is None and name.startswith(f"{self._tree.name}."):
            found = super().locate(name.removeprefix(f"{self._tree.name}."))
        return found

    def blocks(self, names: Sequence[str], rows: int) -> Iterator[dict[str, Any]]:
        """Yield branches by name, cluster by cluster where clusters are not too large."""
        for first, end in self._cuts(names, rows):
            with readable(self.where):
                block = {name: self._read(name, first, end) for name in names}
            yield block

    def _read(self, name: str, first: int, end: int) -> Any:
        branch, own = self._held[name]
        if own is None:
            array = self._tree.arrays(
                filter_name=lambda one: one == name, entry_start=first, entry_stop=end
            )[name]
            return as_block(array, branch)
        library = "ak" if branch.ragged else "np"
        array = own.array(entry_start=first, entry_stop=end, library=library)
        return as_block(array, branch) if branch.ragged else array

    def _cuts(self, names: Sequence[str], rows: int) -> Iterator[tuple[int, int]]:
        """Yield the first entry and the end of each block, at the ends of baskets if possible."""
        total = self.shape[0]
        ends = [total]
        if self._has_baskets:
            offsets = [set(self._held[name][1].entry_offsets) for name in names]
            ends = sorted({*set.intersection(*offsets), total})
        first = 0
        for number, end in enumerate(ends):
            following = ends[number + 1] if number + 1 < len(ends) else None
            if following is not None and following - first <= rows:
                continue
            step = end - first if end - first <= LARGEST_CLUSTER * rows else rows
            for start in range(first, end, max(1, step)):
                yield start, min(start + step, end)
            first = end

    def __exit__(self, *error: object) -> None:
        """Close the file."""
        self._file.close()


def open(path: Path, array: str | None, lengths: str | None) -> Tree:
    """Open a tree; `lengths` is a branch that counts each event's steps."""
    if array is not None:
        raise DataError(
            f"{path}: a ROOT file has trees, no array {array!r}: say {place(path).file}:{array}"
        )
    return Tree(path, lengths)


def written_as(columns: Iterable[str]) -> list[str]:
    """Give the names that branches of these columns get: what C++ takes for a name."""
    return identifiers(columns)


def fill(stream: IO[bytes], some: Iterable[Mapping[str, Array]], inside: str = "") -> None:
    """Write a tree with a branch for each column, in a file that may be gone back in.

    Columns are arrays (rows,) or (rows, n); the first ones tell their types.
    """
    uproot = package("uproot")
    with kept_open(stream) as file, uproot.recreate(file, compression=None) as written:
        tree = None
        for table in gathered(some):
            if tree is None:
                kinds = {name: _type(array) for name, array in table.items()}
                tree = written.mktree(inside or TREE, kinds)
            if len(next(iter(table.values()))):
                tree.extend({name: numpy.ascontiguousarray(a) for name, a in table.items()})


def _type(array: Array) -> numpy.dtype[Any]:
    return numpy.dtype((array.dtype, array.shape[1:])) if array.ndim > 1 else array.dtype


def _name(file: Any, inside: str, where: str) -> str:
    """Give the name of the tree that is meant."""
    kinds = file.classnames(recursive=True)
    trees = [name for name, kind in kinds.items() if kind in TREES]
    bare: list[str] = list(dict.fromkeys(name.partition(";")[0] for name in trees))
    if inside:
        there = trees if ";" in inside else bare
        if inside not in there:
            raise DataError(f"{where}: there is no tree {inside!r}{nearest(inside, there)}")
        return inside
    if len(bare) != 1:
        found = f"{len(bare)}: say {where}:{bare[0]}{nearest('', bare)}" if bare else "none"
        raise DataError(f"{where}: wanted a file with one tree, found {found}")
    return bare[0]


def _branch(branch: Any) -> Branch:
    """Give what a branch of a TTree holds."""
    kinds = package("uproot").interpretation
    held, what = branch.interpretation, branch.typename
    numerical, jagged = kinds.numerical.Numerical, kinds.jagged.AsJagged
    if isinstance(held, jagged) and isinstance(held.content, numerical):
        dtype, shape = numpy.dtype(held.content.to_dtype).base, held.content.to_dtype.shape
        if dtype.kind in "biuf" and not shape:
            return Branch(branch.name, _native(dtype), (), ragged=True)
    if isinstance(held, numerical):
        dtype = numpy.dtype(held.to_dtype)
        if dtype.base.kind in "biuf":
            return Branch(branch.name, _native(dtype.base), dtype.shape)
    texts = isinstance(held, kinds.strings.AsStrings)
    return Branch(branch.name, "", texts=texts, what=what)


def _native(dtype: numpy.dtype[Any]) -> str:
    return dtype.newbyteorder("=").name
