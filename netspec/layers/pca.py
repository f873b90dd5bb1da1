"""TMVA's PCA: variables by the eigenvectors of their covariance.

    p_i = sum_j (x_j - mean_j) E_ji                  slope in x: dx = E dp
    x_j = sum_i E_ji p_i + mean_j                    inverse = true; slope in p: dp = E^T dx

Column i of `eigenvectors` E (n, n) is vector number i. `mean` (n,) and E are kept, and all is
computed, in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import Arrays, Param, Shape, examples
from .transformation import Invertible, Slopes, Transformation

if TYPE_CHECKING:
    from ..backends import Array, Backend


class PCA(Transformation, Invertible):
    """Principal components: variables without their means, in the basis of their covariance.

    `inputs` are the positions that are read, from 0 (all where it is not given), `outputs` those
    that are written (the same).
    `inverse` is the way back.
    """

    model_config = examples(
        {"working_type": "float64"},
        {"inverse": True, "working_type": "float64"},
        {"inputs": [2, 0], "outputs": [0, 1], "working_type": "float64"},
    )

    type: Literal["pca"] = "pca"

    def parameters(self, given: Shape) -> dict[str, Param]:
        n = self.count(given)
        return {
            "mean": Param((n,), 0.0, trainable=False, dtype="float64"),
            "eigenvectors": Param((n, n), "identity", trainable=False, dtype="float64"),
        }

    def formula(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        mean, E = p["mean"], p["eigenvectors"]
        v = v.astype("float64")
        w = b.product(v, E, start=mean) if self.inverse else b.product(v - mean, E.T)
        return w, lambda dw: b.product(dw, (E.T if self.inverse else E).astype(dw.dtype))
