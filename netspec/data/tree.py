"""A tree of an open ROOT file as a table: TTree or RNTuple, through uproot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ..errors import DataError, nearest
from .baskets import Baskets, are_plain
from .blocks import Block
from .branches import Branch
from .forms import as_block, branches_of
from .interpretations import branches_in
from .libraries import package, readable
from .places import place
from .table import Table

TREES: Final = ("TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple", "ROOT::Experimental::RNTuple")
LARGEST_CLUSTER: Final = 4  # times as many rows as are wanted are read in one go
PIECE: Final = 2**16  # bytes of a branch: shorter pieces cost more to ask for than to read


class Held(NamedTuple):
    """A branch of the file, None in an RNTuple, and the way to what is in it."""

    own: Any
    way: tuple[str, ...] = ()


class Tree(Table):
    """An open tree, `events.root:tree`; the only one of a file needs no name."""

    def __init__(self, path: Path, lengths: str | None) -> None:
        """Find the tree and what its branches hold."""
        where, (file, inside) = str(path), place(path)
        with file.open("rb"):  # in the system's own words where it cannot be read
            pass
        uproot = package("uproot")
        with readable(where):
            self._file = uproot.open(file, array_cache=None)
        self._descriptor = os.open(file, os.O_RDONLY)
        try:
            with readable(where):
                said, size = int(self._file.file.fEND), file.stat().st_size
            if size < said:
                raise DataError(f"{where}: wanted {said} bytes, as it says, found {size}")
            with readable(where):
                self._tree = self._file[_name(self._file, inside, where)]
                self._has_baskets = hasattr(self._tree, "branches")
                self._held = {branch.name: (branch, held) for branch, held in self._found()}
                branches = [branch for branch, _ in self._held.values()]
                rows = int(self._tree.num_entries)
            super().__init__(where, rows, branches, lengths)
        except BaseException:
            self.__exit__()
            raise

    def _found(self) -> Iterator[tuple[Branch, Held]]:
        """Yield what the branches hold, and where it is: those that have members for each."""
        if not self._has_baskets:
            form = self._tree.arrays(entry_stop=0).layout.form
            for name in form.fields:
                for branch, way in branches_of(name, form.content(name)):
                    yield branch, Held(None, (name, *way))
            return
        for path, own in self._tree.iteritems(recursive=True):
            if not len(own.branches):
                for branch, way in branches_in(_dotted(path), own):
                    yield branch, Held(own, way)

    def locate(self, name: str) -> int | None:
        """Give the number of a column, as `Table` does.

        The tree's own name may stand before it; a member may go by its last name, if that tells it.
        """
        for one in (name, name.removeprefix(f"{self._tree.name}.")):
            if (found := super().locate(one)) is not None:
                return found
        ends = [whole for whole in self.branches if whole.endswith(f".{name}")]
        return super().locate(ends[0]) if len(ends) == 1 else None

    def blocks(self, names: Sequence[str], rows: int) -> Iterator[Block]:
        """Yield branches by name.

        Plain numbers come straight from the baskets, others as uproot makes them, cluster by
        cluster where clusters are not too large.
        """
        plain = {name: self._baskets(name) for name in names}
        baskets = {name: one for name, one in plain.items() if one is not None}
        if len(baskets) < len(plain):
            yield from self._clusters(names, baskets, self.at_once(names, rows))
            return
        # Long pieces are read when they are wanted, each to be worked on while it is in a cache.
        later = all(self._branch(name).size * rows >= PIECE for name in names)
        step = rows if later else self.at_once(names, rows)

        def read(name: str, first: int, end: int) -> Any:
            with readable(self.where):
                return baskets[name].between(first, end)

        for first in range(0, self.shape[0], step):
            some = Block(min(step, self.shape[0] - first), read, first)
            yield some if later else Block.of({name: some[name] for name in names})

    def _clusters(
        self, names: Sequence[str], baskets: Mapping[str, Baskets], rows: int
    ) -> Iterator[Block]:
        for first, end in self._cuts(names, rows):
            read: dict[Any, Any] = {}  # members of one object are read together
            with readable(self.where):
                held = {
                    name: baskets[name].between(first, end)
                    if name in baskets
                    else self._read(name, first, end, read)
                    for name in names
                }
            yield Block.of(held)

    def _baskets(self, name: str) -> Baskets | None:
        """Give the baskets of a branch of plain numbers."""
        own = self._held[name][1].own
        if own is None or not are_plain(own):
            return None
        return Baskets(own, self._descriptor, self.where)

    def _read(self, name: str, first: int, end: int, read: dict[Any, Any]) -> Any:
        branch, (own, way) = self._held[name]
        if own is not None and not (branch.ragged or way or branch.shape):
            return own.array(entry_start=first, entry_stop=end, library="np")
        if own is not None:
            key, array = own.cache_key, read.get(own.cache_key)
            if array is None:
                array = own.array(entry_start=first, entry_stop=end, library="ak")
        else:
            key, way = way[0], way[1:]
            array = read.get(key)
            if array is None:
                array = self._tree.arrays(
                    filter_name=lambda one: one == key, entry_start=first, entry_stop=end
                )[key]
        read[key] = array
        for member in way:
            array = array[member]
        return as_block(array, branch)

    def _cuts(self, names: Sequence[str], rows: int) -> Iterator[tuple[int, int]]:
        """Yield the first entry and the end of each block, at the ends of baskets if possible."""
        total = self.shape[0]
        ends = [total]
        if self._has_baskets:
            offsets = [set(self._held[name][1].own.entry_offsets) for name in names]
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
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
        self._file.close()


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


def _dotted(path: str) -> str:
    """Give the name of a branch with those of the branches that it stands in.

    >>> _dotted("jet/fX"), _dotted("hits/hits.fX"), _dotted("lv./lv.fE")
    ('jet.fX', 'hits.fX', 'lv.fE')
    """
    outer, *inner = path.split("/")
    for name in inner:
        outer = name if name.startswith(f"{outer.removesuffix('.')}.") else f"{outer}.{name}"
    return outer
