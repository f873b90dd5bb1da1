"""Mean and covariance of weighted rows, in two passes over them.

    mean[j]   = sum_r w_r v[r, j] / W                              W = sum_r w_r
    C[i, j]   = sum_r w_r (v[r, i] - mean[i]) (v[r, j] - mean[j]) / W

Sums by the backend's rule of long sums, pass after pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

from ..errors import DataError

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample

MOST = 1000  # variables: the work grows with their third power


def moments(b: Backend, sample: Sample, weighted: bool = True) -> tuple[Any, Any]:
    """Give mean (n,) and covariance (n, n) in float64; without `weighted` every row counts as 1.

    Raises DataError for too many variables, and for weights that add up to 0 or less.
    """
    n = len(sample.positions)
    if n > MOST:
        raise DataError(f"transform: {sample.said}: wanted at most {MOST} variables, found {n}")
    total, first, second = 0.0, numpy.zeros(n), numpy.zeros((n, n))
    for v, w in sample.passes():
        w = w if weighted else numpy.ones_like(w)
        total += float(b.numpy(b.sum(b.array(w), 0)))
        first += b.numpy(b.sum(b.array(v.astype("float64") * w[:, None]), 0))
    if not total > 0:
        raise DataError(
            f"transform: {sample.said}: wanted events whose weights add up to more than 0,"
            f" found {total:.9g}"
        )
    mean = first / total
    for v, w in sample.passes():
        w = w if weighted else numpy.ones_like(w)
        away = v.astype("float64") - mean
        second += b.numpy(b.outer_sum(b.array(away * w[:, None]), b.array(away)))
    second /= total
    return mean, 0.5 * (second + second.T)
