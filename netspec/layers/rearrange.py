"""TMVA's Rearrange: numbers are copied from one position to another.

y[outputs[k]] = x[inputs[k]]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .base import Arrays, examples
from .transformation import Selection, Slopes

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Rearrange(Selection):
    """Variables in another order.

    `inputs` are the positions that are read, from 0 (all where it is not given), `outputs` those
    that are written (the same).
    """

    model_config = examples(
        {"inputs": [1, 0], "outputs": [0, 1]},
        {"inputs": [2, 0, 0], "outputs": [0, 1, 0]},
    )

    type: Literal["rearrange"] = "rearrange"

    def moved(self, b: Backend, p: Arrays, v: Array) -> tuple[Array, Slopes]:
        return v, lambda dw: dw
