"""The range of each variable, for `layers/normalize.py`: its smallest and its largest number.

Weights count for nothing, as in TMVA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample


def fit(b: Backend, sample: Sample, dtype: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give options and arrays of the layer. Raises DataError for a variable that never varies."""
    low = high = None
    for v, _ in sample.passes():
        low = v.min(0) if low is None else numpy.minimum(low, v.min(0))
        high = v.max(0) if high is None else numpy.maximum(high, v.max(0))
    assert low is not None
    assert high is not None
    low, high = low + 0.0, high + 0.0  # the sign of a zero says which of several came first
    if constant := numpy.flatnonzero(low == high).tolist():
        found = f"which is {low[constant[0]]:.9g} in every event"
        raise sample.refuse("variables that vary", constant, found)
    with numpy.errstate(over="ignore"):
        scale = 1 / (high - low)
    if wrong := numpy.flatnonzero(~(numpy.isfinite(scale) & (scale > 0))).tolist():
        found = f"from {low[wrong[0]]:.9g} to {high[wrong[0]]:.9g}"
        raise sample.refuse(f"ranges whose inverse is a number of {dtype}", wrong, found)
    return {"type": "normalize", "working_type": dtype}, {"minimum": low, "maximum": high}
