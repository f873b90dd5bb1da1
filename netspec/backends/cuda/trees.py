"""The trees of a long sum on the GPU: rule 2 of `kernels/README.md`, within bounded memory.

What makes the chains (`outer_sum.cu`, `chain_sums.cu`) fills `partials` of (blocks, groups, width)
numbers: for each block of 128 events the entries of its tree over the steps. Where all of them are
too many to be there at once, they are made and added up in aligned parts of 16^j, and what a part
gives is one entry of level j of a tree of which every level, of up to 16 entries, is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy

EVENTS: Final = 128  # of a chain
NEIGHBOURS: Final = 16  # that a tree adds up at a time
AT_ONCE: Final = NEIGHBOURS**2  # entries that a launch makes one of
MOST_BLOCKS: Final = 65535  # along the second and third axis of a grid
MOST_BYTES: Final = 2**28  # of partials

NAMES: Final = {"float32": "float", "float64": "double"}

NUMBERS: Final = {numpy.dtype(name): {"NUMBER": of} for name, of in NAMES.items()}
FLOATS: Final = frozenset(map(numpy.dtype, NAMES))

# Fill partials (blocks, groups, width), those from the first group and the first block on.
Fill = Callable[[Any, int, int], None]


def number(dtype: Any) -> dict[str, str | int]:
    """Give the macro that says which type a kernel computes in."""
    return dict(NUMBERS[dtype])


def tree_of_trees(
    b: Any, fill: Fill, blocks: int, groups: int, to: Any, most: int = MOST_BYTES
) -> None:
    """Write to `to` (width,) the tree over blocks of the trees over groups of what `fill` gives."""
    width = to.size
    if not blocks * groups * width:
        to.fill(0)
        return
    if blocks == groups == 1:
        fill(to.reshape(1, 1, width), 0, 0)  # whose sums begin at +0
        return
    rows = max(1, most // (width * to.itemsize))  # of partials that are there at once

    def part(first_group: int, many: int, first_block: int, several: int) -> Any:
        partials = b.cupy.empty((several, many, width), to.dtype)
        fill(partials, first_group, first_block)
        return partials

    def of_block(block: int) -> Any:
        return _in_parts(b, groups, rows, lambda first, count: part(first, count, block, 1))

    if blocks * groups <= rows and max(blocks, groups) <= MOST_BLOCKS:
        entries = part(0, groups, 0, blocks)
    elif NEIGHBOURS * groups <= rows and groups <= MOST_BLOCKS:
        entries = _in_parts(
            b, blocks, rows // groups, lambda first, count: part(0, groups, first, count)
        )
    else:
        entries = _in_parts(b, blocks, 1, lambda block, _: of_block(block))
    sum_of_partials(b, entries, to)


def _in_parts(b: Any, count: int, most: int, part: Callable[[int, int], Any]) -> Any:
    """Give the last entries (1, some, width) of a tree of `count`, made in parts of at most `most`.

    part(first, so many) gives the partials that the entries from the first one on are made of.
    """
    size = 1
    while size * NEIGHBOURS <= min(most, MOST_BLOCKS):
        size *= NEIGHBOURS
    levels: list[tuple[Any, int]] = []  # memory for 16 entries, and how many of them are there

    def put(partials: Any, at: int) -> None:
        if len(levels) == at:
            levels.append((b.cupy.empty((NEIGHBOURS, partials.shape[-1]), partials.dtype), 0))
        entries, there = levels[at]
        sum_of_partials(b, partials, entries[there])
        levels[at] = entries, (there + 1) % NEIGHBOURS
        if there + 1 == NEIGHBOURS:
            put(entries[None], at + 1)

    for first in range(0, count, size):
        put(part(first, min(size, count - first)), 0)
    at = 0
    while at + 1 < len(levels):
        entries, there = levels[at]
        if there:
            put(entries[None, :there], at + 1)
        at += 1
    entries, there = levels[-1]
    return entries[None, :there]


def sum_of_partials(b: Any, partials: Any, to: Any) -> None:
    """Write to `to` (width,) what partials (blocks, groups, width) add up to.

    It is the tree over blocks of the trees over groups.
    """
    blocks, groups, width = partials.shape
    if blocks == 1:  # whose tree over the blocks adds +0
        blocks, groups = groups, blocks
        partials = partials.reshape(blocks, groups, width)
    while groups > NEIGHBOURS:
        partials = _up(b, partials, blocks, groups, 1)
        groups = partials.shape[1]
    each = groups
    while blocks > AT_ONCE:
        partials, each = _up(b, partials, 1, blocks, each), 1
        blocks = partials.shape[1]
    _up(b, partials, 1, blocks, each, to.reshape(1, 1, width))


def _up(b: Any, partials: Any, lists: int, count: int, each: int, to: Any = None) -> Any:
    """Go up two levels of trees over `count` entries, each the sum of `each` neighbours.

    The result is (lists, count / 256 rounded up, width).
    """
    width, made = partials.shape[-1], -(-count // AT_ONCE)
    if to is None:
        to = b.cupy.empty((lists, made, width), partials.dtype)
    partials = partials.reshape(lists, count * each * width)
    rows = min(-(-count // NEIGHBOURS), NEIGHBOURS)
    for first in range(0, lists, MOST_BLOCKS):
        part = slice(first, first + MOST_BLOCKS)
        b.kernels.launch(
            "tree_sum.cu", number(to.dtype), "tree_sum",
            (-(-width // 32), made, len(to[part])), (32, rows, 1),
            [partials[part], to[part], count, each, width],
            shared=32 * rows * to.itemsize,
        )  # fmt: skip
    return to
