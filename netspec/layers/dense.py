"""y = f(x W^T + b), on the last axis of x.

W (units, features) has a row for each output, b (units,) one number for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..errors import SpecError
from ..options import Flag, Size
from . import affine
from .activations import Activation, Linear
from .base import Arrays, Named, Param, Shape, StatelessLayer, WayBack, examples
from .stack import padded

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Dense(StatelessLayer):
    """Every output sees every input; on a sequence, at each step alone."""

    model_config = examples(
        {"units": 3}, {"units": 2, "activation": "tanh"}, {"units": 4, "bias": False}
    )

    type: Literal["dense"] = "dense"
    units: Size
    activation: Activation = Linear()
    bias: Flag = True

    def output_shape(self, given: Shape) -> Shape:
        if not given or given[-1] is None:
            raise SpecError("a dense layer wants a known number of features on the last axis")
        return (*given[:-1], self.units)

    def parameters(self, given: Shape) -> dict[str, Param]:
        features = given[-1]
        assert features is not None
        table = {"W": Param((self.units, features))}
        return table | {"b": Param((self.units,), 0.0)} if self.bias else table

    def run(self, b: Backend, p: Arrays, x: Array, lengths: Array | None) -> tuple[Array, WayBack]:
        z = b.product(x, p["W"], p.get("b"))
        y = self.activation.apply(b, z)

        def back(dy: Array) -> tuple[Array, Named]:
            dz = padded(b, self.activation.back(b, z, y, dy), lengths)
            if self.bias:
                weights = dict(zip("Wb", b.call(affine.slopes, dz, x), strict=True))
            else:
                weights = {"W": b.outer_sum(dz, x)}
            return lambda: b.product(dz, p["W"].T), weights

        return y, back
