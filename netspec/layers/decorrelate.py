"""TMVA's Decorrelation: one matrix for all variables, the inverse square root of a covariance.

    y = M x                                          slope in x: dx = M^T dy

`matrix` M (n, n) is kept and multiplied in float64. No mean is taken away, and there is no way
back: M of variables of which one follows from the others has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import Arrays, Param, Shape, examples
from .transformation import Slopes, Transformation

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Decorrelate(Transformation):
    """Variables without linear correlations: the inverse square root of their covariance.

    `inputs` are the positions that are read, from 0 (all where it is not given), `outputs` those
    that are written (the same).
    """

    model_config = examples(
        {"working_type": "float64"},
        {"inputs": [2, 0], "working_type": "float64"},
        {"inputs": [2, 0, 1], "outputs": [1, 2, 1], "working_type": "float64"},
    )

    type: Literal["decorrelate"] = "decorrelate"

    def parameters(self, given: Shape) -> dict[str, Param]:
        n = self.count(given)
        return {"matrix": Param((n, n), "identity", trainable=False, dtype="float64")}

    def formula(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        M = p["matrix"]
        return b.product(v.astype("float64"), M), lambda dw: b.product(dw, M.T.astype(dw.dtype))
