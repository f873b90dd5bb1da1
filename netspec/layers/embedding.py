"""A table of vectors, one for each id: Y. Bengio et al., J. Mach. Learn. Res. 3 (2003) 1137.

    y[n] = W[id[n]]

W (ids, units). An id is a whole number from 0 to ids - 1. An input (n,) is a sequence of n ids
and gives (n, units); an input (steps, k) is k ids a step, whose vectors stand side by side,
(steps, k * units), so that `input: {features: 1}` takes sequences of any length. Nothing flows
back to an id; the slope in a row of W is the sum over all places at which its id stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import SpecError
from ..options import Flag, Size
from .base import Arrays, Named, Param, Shape, StatelessLayer, WayBack, examples

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Embedding(StatelessLayer):
    """Look ids up in a table; the first layer of a stack. Not `trainable`: a table that stays."""

    model_config = examples(
        {"ids": 5, "units": 2},
        {"ids": 4, "units": 3, "trainable": False},
    )
    type: Literal["embedding"] = "embedding"
    ids: Size
    units: Size
    trainable: Flag = True

    @property
    def id_count(self) -> int:
        return self.ids

    def output_shape(self, given: Shape) -> Shape:
        if len(given) == 1:
            return (given[0], self.units)
        if len(given) != 2 or given[1] is None:
            raise SpecError(
                f"wanted an input of (n,) or (steps, k) ids, found one of {len(given)} axes"
            )
        return (given[0], given[1] * self.units)

    def parameters(self, given: Shape) -> dict[str, Param]:
        return {"W": Param((self.ids, self.units), trainable=self.trainable)}

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        ids = x.astype("int64")
        y = b.gather(p["W"], ids)
        y = y if ids.ndim == 2 else y.reshape(*ids.shape[:2], ids.shape[2] * self.units)

        def back(dy: Array) -> tuple[Array, Named]:
            weights = {}
            if self.trainable:
                dy = dy.reshape(*ids.shape, self.units)
                weights["W"] = b.scatter_sum(ids, dy, self.ids)
            return lambda: b.zeros(x.shape, x.dtype), weights

        return y, back
