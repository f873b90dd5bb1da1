"""X. Glorot, Y. Bengio, AISTATS 2010: flat in +-sqrt(6 / (inputs + outputs))."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

from ..randomness import Stream


def draw(stream: Stream, shape: Sequence[int]) -> Any:
    """Return float64 numbers of `shape`, (..., outputs, inputs)."""
    outputs, inputs = shape[-2:]
    return (2 * stream.uniform(shape) - 1) * sqrt(6 / (inputs + outputs))
