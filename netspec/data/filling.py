"""What a file of branches is filled with: columns with names, some rows at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Final

import numpy

if TYPE_CHECKING:
    from . import Array

AT_ONCE: Final = 2**22  # bytes of all columns that are written together

WORDS: Final = """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl
    concept const consteval constexpr constinit const_cast continue co_await co_return
    co_yield decltype default delete do double dynamic_cast else enum explicit export extern
    false float for friend goto if inline int long mutable namespace new noexcept not not_eq
    nullptr operator or or_eq private protected public register reinterpret_cast requires
    return short signed sizeof static static_assert static_cast struct switch template this
    thread_local throw true try typedef typeid typename union unsigned using virtual void
    volatile wchar_t while xor xor_eq
"""
KEYWORDS: Final = frozenset(WORDS.split())  # of C++20


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Give for each name one that C++ takes, no two alike, whatever their case, nor as `taken`.

    >>> identifiers(["Signal", "b-jet", "b jet", "output[0]", "4th"])
    ['Signal', 'b_jet', 'b_jet_2', 'output_0', '_4th']
    """
    used, found = {name.lower() for name in taken}, []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name.removesuffix("]")) or "_"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        plain = f"{plain}_" if plain in KEYWORDS else plain
        one, count = plain, 1
        while one.lower() in used:
            count += 1
            one = f"{plain}_{count}"
        used.add(one.lower())
        found.append(one)
    return found


def tables(blocks: Iterable[Array], columns: Sequence[str]) -> Iterator[dict[str, Array]]:
    """Yield rows (n, ...) as columns by name."""
    for block in blocks:
        flat = block.reshape(len(block), len(columns))
        yield {name: flat[:, k] for k, name in enumerate(columns)}


def gathered(
    some: Iterable[Mapping[str, Array]], wanted: int | None = None
) -> Iterator[dict[str, Array]]:
    """Yield the same rows, in pieces of `wanted` rows; at least one piece.

    Without `wanted` the size of a row decides, so that it does not matter how the rows come.
    """
    waiting: list[Mapping[str, Array]] = []
    count, rows = 0, wanted or 1
    for table in some:
        if not waiting and not wanted:
            size = sum(a.dtype.itemsize * a[:1].size for a in table.values())
            rows = max(1, AT_ONCE // max(1, size or 1))
        waiting.append(table)
        count += len(next(iter(table.values())))
        if count >= rows:
            whole = _together(waiting)
            for first in range(0, count - rows + 1, rows):
                yield {name: array[first : first + rows] for name, array in whole.items()}
            left = count % rows
            waiting = [{name: array[count - left :] for name, array in whole.items()}]
            count = left
    if count or waiting:
        yield _together(waiting)


def _together(some: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: numpy.concatenate([table[name] for table in some]) for name in some[0]}


def kept_open(stream: IO[bytes]) -> IO[bytes]:
    """Give the same open file once more, for a library that closes what it is given."""
    stream.flush()
    return os.fdopen(os.dup(stream.fileno()), "w+b")
