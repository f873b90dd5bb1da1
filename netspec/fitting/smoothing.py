"""Smoothing of a histogram as ROOT does it, by running medians: the rule 353QH, twice.

J. H. Friedman, Proc. of the 1974 CERN School of Computing, Norway (CERN 74-23). One round is

    3, 5, 3    each entry becomes the median of three, five, three around it
    Q          where three neighbours are equal between two that both lie higher or both lower, a
               parabola is laid through them
    H          y[i] = x[i-1] / 4 + x[i] / 2 + x[i+1] / 4

and what the first round took away goes through a second one and is added again.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.lib.stride_tricks import sliding_window_view

FEWEST = 3  # entries: below that nothing is smoothed


def smoothed(x: Any) -> Any:
    """Give x (n,), float64, smoothed; where nothing in it is below 0, nothing is afterwards."""
    if len(x) < FEWEST:
        return x.copy()
    first = _round(x)
    y = first + _round(x - first)
    return y if x.min() < 0 else numpy.maximum(y, 0.0)


def _round(x: Any) -> Any:
    """Give what one round of 353QH makes of x (n,)."""
    z = _medians(x, 3)
    z[0] = _median(z[1], z[0], 3 * z[1] - 2 * z[2])
    z[-1] = _median(z[-2], z[-1], 3 * z[-2] - 2 * z[-3])
    before, z = z, _medians(z, 5)
    z[1] = _median(*before[:3])
    z[-2] = _median(*before[-3:])
    y = _parabolas(_medians(z, 3))
    hanned = y.copy()
    hanned[1:-1] = 0.25 * y[:-2] + 0.5 * y[1:-1] + 0.25 * y[2:]
    return hanned


def _medians(x: Any, width: int) -> Any:
    """Give the running medians of an odd number of entries; the ends stay."""
    y = x.copy()
    if len(x) >= width:
        side = width // 2
        y[side : len(x) - side] = numpy.sort(sliding_window_view(x, width), axis=1)[:, side]
    return y


def _median(*three: float) -> float:
    return sorted(three)[1]


def _parabolas(z: Any) -> Any:
    """Round off what is flat over three entries, from left to right."""
    y = z.copy()
    flat = (z[1:-3] == z[2:-2]) & (z[2:-2] == z[3:-1])
    for i in (2 + numpy.flatnonzero(flat)).tolist():
        left, right = z[i - 2] - z[i], z[i + 2] - z[i]
        if left * right > 0:
            k = -1 if abs(right) > abs(left) else 1
            y[i] = -0.5 * z[i - 2 * k] + z[i] / 0.75 + z[i + 2 * k] / 6
            y[i + k] = 0.5 * (z[i + 2 * k] - z[i - 2 * k]) + z[i]
    return y
