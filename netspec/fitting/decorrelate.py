"""The inverse square root of the covariance matrix, for `layers/decorrelate.py`.

    C = V diag(lambda) V^T        matrix = V diag(1 / sqrt(lambda)) V^T

Events count by their weights, as in TMVA. Variables of which one follows from the others are
refused: TMVA would divide by zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy

from .covariance import moments
from .eigen import eigen

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample

LEAST: Final = 1e-10  # of an eigenvalue of the correlation matrix: float32 has a square of 1e-14
SHARE: Final = 0.01  # of a vector, from which on a variable has a part in it


def fit(b: Backend, sample: Sample, dtype: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give options and arrays of the layer.

    Raises DataError for variables that never vary, or of which one follows from the others.
    """
    _, covariance = moments(b, sample)
    variance = covariance.diagonal()
    if constant := numpy.flatnonzero(~(variance > 0)).tolist():
        raise sample.refuse("variables that vary", constant, "whose variance is not above 0")
    sigma = numpy.sqrt(variance)
    values, vectors = eigen(covariance / sigma[:, None] / sigma)
    if values[-1] < LEAST:
        bound = numpy.flatnonzero(numpy.abs(vectors[:, -1]) > SHARE).tolist()
        raise sample.refuse("variables that vary freely", bound, "of which one follows from others")
    values, vectors = eigen(covariance)
    matrix = numpy.zeros_like(covariance)
    for value, vector in zip(values, vectors.T, strict=True):
        matrix += (1 / numpy.sqrt(value)) * (vector[:, None] * vector)
    return {"type": "decorrelate", "working_type": dtype}, {"matrix": matrix}
