"""Products, sums over events and steps, and the order of both."""

from __future__ import annotations

from typing import Any

import numpy as np

from .rounding import FORMATS, fma_of_three, maximum

TERMS = 128  # of a product that are one chain
EVENTS = 128  # of a long sum that are one chain, for each step
NEIGHBOURS = 16  # that a tree adds up at a time


def ascending(count: int) -> range:
    """Give the order of the terms of a chain."""
    return range(count)


def chain(x: list[float], w: list[float], dtype: Any) -> float:
    """Add up the products of two lists, each by an fma, from +0 on."""
    to, c = FORMATS[dtype.name], 0.0
    for k in ascending(len(x)):
        c = fma_of_three(x[k], w[k], c, to)
    return c


def product(x: Any, W: Any, start: Any = None) -> Any:
    """Give start + x W^T for one row x (k,), W (m, k), start (m,)."""
    row, rows = x.tolist(), W.tolist()
    y = np.zeros(len(rows), x.dtype) if start is None else start
    for first in range(0, len(row), TERMS):
        block = slice(first, first + TERMS)
        y = y + np.array([chain(row[block], w[block], x.dtype) for w in rows], x.dtype)
    return y


def outer_sum(dz: Any, x: Any) -> Any:
    """Sum dz[n, s, i] x[n, s, j] over events n and steps s."""
    (events, steps, _), dtype = dz.shape, x.dtype
    blocks = []
    for first in range(0, events, EVENTS):
        block = slice(first, first + EVENTS)
        by_step = []
        for s in range(steps):
            slopes, seen = dz[block, s].T.tolist(), x[block, s].T.tolist()
            by_step.append(np.array([[chain(d, v, dtype) for v in seen] for d in slopes], dtype))
        blocks.append(tree(by_step, (dz.shape[2], x.shape[2]), dtype))
    return tree(blocks, (dz.shape[2], x.shape[2]), dtype)


def long_sum(x: Any) -> Any:
    """Sum x[n, s, j] over events n and steps s."""
    events, steps, width = x.shape
    blocks = []
    for first in range(0, events, EVENTS):
        by_step = []
        for s in range(steps):
            rows = x[first : first + EVENTS, s]
            by_step.append(added([rows[n] for n in ascending(len(rows))], (width,), x.dtype))
        blocks.append(tree(by_step, (width,), x.dtype))
    return tree(blocks, (width,), x.dtype)


def sum_of_row(x: Any) -> Any:
    """Sum one axis, whose entries are the events, of one step each."""
    return long_sum(x.reshape(-1, 1, 1))[0]


def max_of_row(x: Any) -> Any:
    """Give the largest entry of a row, from its first on."""
    m = x[0]
    for other in x[1:]:
        m = maximum(m, other)
    return m


def added(parts: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """Add up a list from +0, one after the other."""
    total = np.zeros(shape, dtype)
    for part in parts:
        total = total + part
    return total


def tree(parts: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    """Add up neighbours, and neighbours of what that gives, until one is left."""
    while True:
        starts = range(0, max(len(parts), 1), NEIGHBOURS)
        parts = [added(parts[k : k + NEIGHBOURS], shape, dtype) for k in starts]
        if len(parts) == 1:
            return parts[0]
