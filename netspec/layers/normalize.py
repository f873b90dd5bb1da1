"""TMVA's Normalize: every variable is sent from its range to -1 ... 1, and nothing is cut off.

    y = (x - minimum) * scale * 2 - 1                scale = 1 / (maximum - minimum)
    y = minimum + (x + 1) / (2 * scale)              inverse = true: the way back to the range

TMVA computes this in float32, in the order of operations that is written above: here it is
computed in `working_type`. `minimum` and `maximum` (n,) are not trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import Arrays, Param, Shape, examples
from .transformation import Invertible, Slopes, Transformation

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Normalize(Transformation, Invertible):
    """Each variable from its range in the data to -1 ... 1; `inverse` is the way back.

    `inputs` are the positions that are read, from 0 (all where it is not given), `outputs` those
    that are written (the same).
    """

    model_config = examples(
        {"working_type": "float64"},
        {"inputs": [0], "inverse": True, "working_type": "float64"},
        {"inputs": [1, 0], "outputs": [0, 1], "working_type": "float64"},
        {"inputs": [0, 2, 1], "outputs": [1, 1, 0], "working_type": "float64"},
    )

    type: Literal["normalize"] = "normalize"

    def parameters(self, given: Shape) -> dict[str, Param]:
        shape = (self.count(given),)
        return {
            "minimum": Param(shape, -1.0, trainable=False),
            "maximum": Param(shape, 1.0, trainable=False),
        }

    def formula(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        low, high = p["minimum"].astype(self.working_type), p["maximum"].astype(self.working_type)
        scale = 1 / (high - low)
        w = low + (v + 1) / (2 * scale) if self.inverse else (v - low) * scale * 2 - 1

        def slopes(dw: Array) -> Array:
            half = 0.5 * (p["maximum"] - p["minimum"])
            return dw * (half if self.inverse else 1 / half)

        return w, slopes
