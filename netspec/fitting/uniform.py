"""The same as `gauss.py`, for a flat density in the place of a normal one: TMVA's Uniform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import gauss

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample


def fit(b: Backend, sample: Sample, dtype: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give options and arrays of the layer; raises as `gauss.fit` does."""
    return gauss.fit(b, sample, dtype, flat=True)
