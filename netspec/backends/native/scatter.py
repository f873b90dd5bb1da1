"""The slope in a table of vectors: sums over the places of each id, in the order of the contract.

It is `outer_sum` (rule 2 of `kernels/README.md`) of one-hot rows, whose zeros are left out: for
each id the events of a block of 128 are one chain a step, and trees add up the steps, then the
blocks. Every chain begins at +0, so that no sum is -0 and what is left out changes no bit. Only
NumPy's + on numbers side by side is used, which IEEE 754 fixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from typing import Any

import numpy

EVENTS = 128  # of a long sum that are one chain, for each step
NEIGHBOURS = 16  # that a tree adds up at a time
PLACES = 4096  # that are added up together, if no id stands at more


def scatter_sum(ids: Any, dy: Any, rows: int) -> Any:
    """Sum dy (..., k) over the places of each id: ids (...) of whole numbers; result (rows, k)."""
    events, steps = (ids.shape[0] if ids.ndim else 1), prod(ids.shape[1:])
    result = numpy.zeros((rows, dy.shape[-1]), dy.dtype)
    if not ids.size:
        return result
    blocks = -(-events // EVENTS)
    block, step = numpy.arange(events)[:, None] // EVENTS, numpy.arange(steps)
    place = ((ids.reshape(events, steps) * blocks + block) * steps + step).reshape(-1)
    order = numpy.argsort(place, kind="stable")  # by id, block, step, and then by event
    place, flat = place[order], dy.reshape(place.size, -1)
    for part in _parts(place // (blocks * steps)):
        at, sums = _added(place[part], flat[order[part]] + 0)
        at, sums = _tree(at, sums, steps)
        at, sums = _tree(at, sums, blocks)
        result[at] = sums
    return result


def _parts(ids: Any) -> Iterator[slice]:
    """Cut ascending ids where one ends, into parts that a cache holds."""
    starts = numpy.searchsorted(ids, ids[::PLACES])
    ends = [*numpy.unique(starts).tolist(), len(ids)]
    return (slice(*pair) for pair in pairwise(ends))


def _tree(place: Any, sums: Any, count: int) -> tuple[Any, Any]:
    """Add up the last axis of a place, `count` long, in blocks of neighbours until one is left."""
    head, last = numpy.divmod(place, count)
    while count > 1:
        last //= NEIGHBOURS
        count = -(-count // NEIGHBOURS)
        place, sums = _added(head * count + last, sums)
        head, last = numpy.divmod(place, count)
    return head, sums


def _added(place: Any, sums: Any) -> tuple[Any, Any]:
    """Add up what stands at equal places, which are neighbours, one after the other."""
    first = numpy.flatnonzero(numpy.append(True, place[1:] != place[:-1]))
    if len(first) == len(place):
        return place, sums
    lengths = numpy.diff(numpy.append(first, len(place)))
    total, longer, k = sums[first], numpy.arange(len(first)), 1
    while len(longer := longer[lengths[longer] > k]):
        total[longer] += sums[first[longer] + k]
        k += 1
    return place[first], total
