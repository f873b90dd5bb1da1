"""Layers on images, and batch norm, by their rows of the contract: one window, one pixel at a time.

As in `layers.py`, `layer(o, p, x, valid, state, rng)` gives its output, its final states and its
way back; `kept` gives what batch norm keeps of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product as every
from typing import Any

import numpy as np

from . import activations as f
from .sums import long_sum, outer_sum, product

Rows = Mapping[str, Any]
WayBack = Callable[[Any, Rows], Any]


def number(c: int, r: int, q: int, sizes: tuple[int, int, int]) -> int:
    """Give the place of channel c, row r and column q of a window in its row of numbers."""
    return (c * sizes[1] + r) * sizes[2] + q


def met(r: int, size: int) -> int:
    """Give the row, or column, of a window that row r of a kernel stands on."""
    return r


def row_by_row(rows: int, columns: int) -> list[tuple[int, int]]:
    """Give all windows in their order."""
    return list(every(range(rows), range(columns)))


def beats(other: Any, m: Any) -> bool:
    """Say whether a number takes the place of the largest so far."""
    return not (m >= other) and m == m


def ways(o: Any, x: Any, padding: tuple[int, int]) -> tuple[int, int]:
    """Give the rows and columns of windows."""
    stride = o.stride or o.kernel
    sizes = zip(x.shape[2:], padding, o.kernel, stride, strict=True)
    rows, columns = ((n + 2 * margin - k) // step + 1 for n, margin, k, step in sizes)
    return rows, columns


def pixels(o: Any, x: Any, at: tuple[int, int], padding: tuple[int, int]) -> Iterator[Any]:
    """Give each (c, r, q) of a window with the pixel it stands on, where that is in the image."""
    stride = o.stride or o.kernel
    for c in range(x.shape[1]):
        for r, q in every(range(o.kernel[0]), range(o.kernel[1])):
            h = at[0] * stride[0] + met(r, o.kernel[0]) - padding[0]
            w = at[1] * stride[1] + met(q, o.kernel[1]) - padding[1]
            if 0 <= h < x.shape[2] and 0 <= w < x.shape[3]:
                yield (c, r, q), (c, h, w)


def convolution(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    events, sizes = len(x), (x.shape[1], *o.kernel)
    rows, columns = ways(o, x, o.padding)
    W = p["W"].reshape(o.filters, -1)
    seen = np.zeros((events, rows, columns, W.shape[1]), x.dtype)
    z = np.zeros((events, rows, columns, o.filters), x.dtype)
    y = np.zeros_like(z)
    places = [(n, *at) for n in range(events) for at in row_by_row(rows, columns)]
    for n, i, j in places:
        for part, pixel in pixels(o, x, (i, j), o.padding):
            seen[n, i, j, number(*part, sizes)] = x[(n, *pixel)]
        z[n, i, j] = product(seen[n, i, j], W, p.get("b"))
        y[n, i, j] = f.apply(o.activation, z[n, i, j])

    def back(dy: Any, dfinal: Rows) -> Any:
        dz, dx = np.zeros_like(z), np.zeros_like(x)
        for n, i, j in places:
            dz[n, i, j] = f.back(o.activation, z[n, i, j], y[n, i, j], dy[n, :, i, j])
            dw = product(dz[n, i, j], W.T)
            for part, pixel in pixels(o, x, (i, j), o.padding):
                dx[(n, *pixel)] = dx[(n, *pixel)] + dw[number(*part, sizes)]
        flat = dz.reshape(events, rows * columns, o.filters)
        dW = outer_sum(flat, seen.reshape(events, rows * columns, -1))
        weights = {"W": dW.reshape(p["W"].shape)}
        return dx, weights | ({"b": long_sum(flat)} if o.bias else {}), {}

    return np.ascontiguousarray(np.moveaxis(y, 3, 1)), {}, back


def max_pool(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    rows, columns = ways(o, x, (0, 0))
    y = np.zeros((*x.shape[:2], rows, columns), x.dtype)
    winner = {}
    places = [(n, *at) for n in range(len(x)) for at in row_by_row(rows, columns)]
    for n, i, j in places:
        for (c, *_), pixel in pixels(o, x, (i, j), (0, 0)):
            at = (n, c, i, j)
            if at not in winner or beats(x[(n, *pixel)], y[at]):
                y[at], winner[at] = x[(n, *pixel)], (n, *pixel)

    def back(dy: Any, dfinal: Rows) -> Any:
        dx = np.zeros_like(x)
        for n, i, j in places:
            for c in range(x.shape[1]):
                pixel = winner[n, c, i, j]
                dx[pixel] = dx[pixel] + dy[n, c, i, j]
        return dx, {}, {}

    return y, {}, back


def of_pairs(o: Any, x: Any) -> Any:
    """Give numbers as (events, steps, pairs): those that share a mean in one column."""
    if x.ndim < 4:
        return x.reshape(len(x), -1, x.shape[-1])
    events, channels, height, width = x.shape
    found = np.zeros((events, height * width, channels), x.dtype)
    for n, c, q in every(range(events), range(channels), range(height * width)):
        at = q * channels + c if o.banded else q + c * height * width
        found[n, at % (height * width), at // (height * width)] = x[n, c, q // width, q % width]
    return found


def into_place(o: Any, values: Any, like: Any) -> Any:
    """Undo that."""
    order = of_pairs(o, np.arange(like.size).reshape(like.shape))
    flat = np.zeros(like.size, values.dtype)
    flat[order.reshape(-1)] = values.reshape(-1)
    return flat.reshape(like.shape)


def count(x: Any, valid: Any) -> int:
    """Count the numbers that share a mean."""
    return x.shape[0] * x.shape[1] if valid is None else sum(valid)


def deviations(x: Any, mean: Any, valid: Any) -> Any:
    """Give x - mean for numbers (events, steps, pairs), +0 where they are not valid."""
    d = np.zeros_like(x)
    for n in range(len(x)):
        end = x.shape[1] if valid is None else valid[n]
        d[n, :end] = x[n, :end] - mean
    return d


def statistics(o: Any, x: Any, valid: Any) -> Any:
    """Give mean, variance and n of a batch."""
    rows = of_pairs(o, x)
    n = count(rows, valid)
    mean = long_sum(rows) / n
    d = deviations(rows, mean, valid)
    return mean, long_sum(d * d) / n, n


def batch_norm(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    rows = of_pairs(o, x)
    trains = rng is not None and count(rows, valid) > 0
    mean, variance, n = statistics(o, x, valid) if trains else (p["mean"], p["variance"], 0)
    spread = variance + o.epsilon
    root = np.sqrt(spread)
    scale = p["gamma"] / root
    d = deviations(rows, mean, valid)

    def back(dy: Any, dfinal: Rows) -> Any:
        slopes = of_pairs(o, dy)
        dbeta, g = long_sum(slopes), long_sum(slopes * d)
        dx = slopes * scale
        if trains:
            dx = scale * ((slopes - (dbeta / n)) - (d * ((g / n) / spread)))
        return into_place(o, dx, x), {"gamma": g / root, "beta": dbeta}, {}

    return into_place(o, (d * scale) + p["beta"], x), {}, back


def kept(o: Any, p: Rows, x: Any, valid: Any = None) -> dict[str, Any]:
    """Give mean, variance and the number of batches as a step of training leaves them."""
    mean, variance, n = statistics(o, x, valid)
    new = {"mean": mean, "variance": (variance * n) / ((n - 1) + o.epsilon)}
    (k,) = p["batches"]
    one = np.ones((), x.dtype)
    keep = k / (k + one) if o.momentum == "cumulative" else o.momentum
    rest = one - keep if o.momentum == "cumulative" else 1 - o.momentum
    if k != 0:
        new = {name: (keep * p[name]) + (rest * value) for name, value in new.items()}
    return new | {"batches": p["batches"] + one}
