"""Principal components, for `layers/pca.py`: the mean and the eigenvectors of the covariance.

Eigenvectors stand in columns, by falling eigenvalue, as ROOT's TPrincipal has them; the entry of
largest size of each is above 0, where ROOT's sign is whatever comes out. Every event counts as
one, whatever its weight, as in TMVA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .covariance import moments
from .eigen import eigen

if TYPE_CHECKING:
    from ..backends import Backend
    from .sample import Sample


def fit(b: Backend, sample: Sample, dtype: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give options and arrays of the layer."""
    mean, covariance = moments(b, sample, weighted=False)
    _, vectors = eigen(covariance)
    return {"type": "pca", "working_type": dtype}, {"mean": mean, "eigenvectors": vectors}
