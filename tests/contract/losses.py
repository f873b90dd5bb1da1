"""Losses and the objective of a batch by the contract, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import activations, functions
from .layers import in_steps, valid_rows
from .rounding import maximum, minimum
from .sums import long_sum, max_of_row, sum_of_row


def squared_error(o: Any, y: Any, t: Any) -> Any:
    d = y - t
    return d * d, 2 * d


def absolute_error(o: Any, y: Any, t: Any) -> Any:
    d = y - t
    return np.abs(d), np.array([1 if e > 0 else -1 if e < 0 else e for e in d], d.dtype)


def huber(o: Any, y: Any, t: Any) -> Any:
    d, delta = y - t, o.delta
    far = delta * (np.abs(d) - 0.5 * delta)
    value = np.where(np.abs(d) <= delta, (0.5 * d) * d, far)
    return value, maximum(minimum(d, delta), -delta).astype(d.dtype)


def cross_entropy(o: Any, y: Any, t: Any) -> Any:
    size = np.abs(y)
    e = functions.exp(-size)
    u = 1 + e
    lost = np.where(u == 1, e, functions.log(u) * (e / (u - 1)))
    r, s = np.where(y < 0, t, 1 - t), e / u
    value = np.where(r == 0, lost + 0, (r * size) + lost)
    return value, np.where(y < 0, s - t, r - s)


def softmax_cross_entropy(o: Any, y: Any, t: Any) -> Any:
    top = max_of_row(y)
    d = np.where(y == top, 0, y - top).astype(y.dtype)
    e = functions.exp(d)
    total = sum_of_row(e)
    each = np.where(t == 0, 0, t * (functions.log(np.array([total], y.dtype)) - d))
    return np.array([sum_of_row(each.astype(y.dtype))]), ((e / total) * sum_of_row(t)) - t


LOSSES = {
    "absolute_error": absolute_error,
    "cross_entropy": cross_entropy,
    "huber": huber,
    "softmax_cross_entropy": softmax_cross_entropy,
    "squared_error": squared_error,
}


def objective(o: Any, output: Any, y: Any, t: Any, w: Any, valid: Any) -> tuple[float, int, Any]:
    """Give L, N and the slope of L in the last layer's numbers y (events, ..., k).

    `w` (events,) or (events, steps) are weights of rows, or None; `output` is the activation there.
    """
    before = o.type.endswith("cross_entropy") or o.of == "last_layer"
    rows = list(valid_rows(y, valid))
    width = 1 if o.type == "softmax_cross_entropy" else y.shape[-1]
    values, dy = np.zeros((*y.shape[:-1], width), y.dtype), np.zeros_like(y)
    terms = len(rows) * width
    if not terms:
        return 0.0, 0, dy
    share = y.dtype.type(1 / terms)
    for at in rows:
        seen = y[at] if before else activations.apply(output, y[at])
        value, slope = LOSSES[o.type](o, seen, t[at])
        if w is None:
            values[at], slope = value, slope * share
        else:
            own = w[at] if w.ndim > 1 else w[at[0]]
            values[at], slope = value * own, slope * (own * share)
        dy[at] = slope if before else activations.back(output, y[at], seen, slope)
    total = sum_of_row(long_sum(in_steps(values)))
    return float(total / y.dtype.type(terms)), terms, dy
