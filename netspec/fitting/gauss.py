"""The cumulated density of each variable, for `layers/gauss.py`, as TMVA builds it.

    edges       v_0 - 1e-4, v_0, then every value at which the events since the last edge weigh S
                or more, S = max(10 * (smallest weight), sum of weights / 2000), then the largest
    contents    the weight of the events from an edge to before the next, smoothed (`smoothing.py`),
                cumulated over what is above 0, divided by the whole

with the values v in float32, in ascending order. The largest value lies beyond the last bin, as in
a histogram of ROOT. The 1e-4 is a hundredth of the range where that is less: in a table over the
range it would else leave no place for the events. Sums are in float64, where TMVA's are in float.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from ..errors import DataError
from .smoothing import smoothed

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample

FEWEST: Final = 10  # events in a bin
MOST_BINS: Final = 2000
LOWERED: Final = numpy.float32(1e-4)


def fit(
    b: Backend, sample: Sample, dtype: str, flat: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give options and arrays of the layer; `flat` means TMVA's Uniform.

    Raises DataError for a variable that never varies, and for weights that add up to 0 or less.
    """
    contents, edges = [], []
    for k, (values, weights) in enumerate(sample.columns()):
        with numpy.errstate(over="ignore"):
            v = values.astype("float32") + numpy.float32(0)
        if not numpy.isfinite(v).all():
            raise sample.refuse("numbers that float32 can hold", [k], "which has larger ones")
        if v.min() == v.max():
            raise sample.refuse(
                "variables that vary", [k], f"which is {v[0]:.9g} in every event, in float32"
            )
        if not (total := _sum(weights)) > 0:
            raise DataError(
                f"transform: {sample.said}: wanted events whose weights add up to more than 0,"
                f" found {total:.9g}"
            )
        order = numpy.argsort(v, kind="stable")
        edges.append(binning(v[order], weights[order]))
        contents.append(cumulated(v, weights, edges[-1]))
        if not numpy.isfinite(contents[-1]).all():
            raise sample.refuse("bins that weigh more than 0", [k], "in which all weigh less")
    sizes = tuple(len(part) for part in contents)
    options = {"type": "gauss", "bins": sizes, "flat": flat, "working_type": dtype}
    arrays = {"contents": numpy.concatenate(contents), "edges": numpy.concatenate(edges)}
    return options, arrays


def binning(v: Any, weights: Any) -> Any:
    """Give the edges (bins + 1,), float32, for ascending values (m,) and their weights (m,)."""
    least = max(FEWEST * float(weights.min()), _sum(weights) / MOST_BINS)
    with numpy.errstate(over="ignore"):
        lowered = min(LOWERED, (v[-1] - v[0]) / 100)
    edges = [v[0] - lowered, v[0]]
    start = 0
    while (found := _next(v, weights, start, edges[-1], least)) is not None:
        start = found + 1
        edges.append(v[found])
    if _sum(weights[start:]) != 0:
        edges.append(v[-1])
    return numpy.array(edges, "float32")


def _sum(weights: Any) -> float:
    """Give the sum, one after the other: NumPy's own order depends on the processor."""
    return float(numpy.cumsum(weights)[-1]) if len(weights) else 0.0


def _next(v: Any, weights: Any, start: int, last: Any, least: float) -> int | None:
    """Give the first event above `last` at which the weights from `start` on add up to `least`."""
    above = max(start, int(numpy.searchsorted(v, last, "right")))
    size = 2 * FEWEST
    while start < len(v):
        end = max(above, start) + size
        total = numpy.cumsum(weights[start:end])
        enough = numpy.flatnonzero(total[above - start :] >= least)
        if len(enough):
            return above + int(enough[0])
        if end >= len(v):
            break
        size *= 4
    return None


def cumulated(v: Any, weights: Any, edges: Any) -> Any:
    """Give the contents (bins,), float32, that rise to 1."""
    inside = v < edges[-1]
    v, weights = v[inside], weights[inside]
    at = numpy.searchsorted(edges, v, "left")  # an edge that comes twice takes its own values
    at -= edges[at] != v
    filled = numpy.bincount(at, weights, minlength=len(edges) - 1).astype("float32")
    bins = smoothed(filled.astype("float64")).astype("float32").astype("float64")
    total = numpy.cumsum(numpy.where(bins > 0, bins, 0.0))
    with numpy.errstate(invalid="ignore"):
        return (total / total[-1]).astype("float32")
