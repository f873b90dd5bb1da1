"""Activations: y = f(x), and the way back from dL/dy to dL/dx.

    linear       x                                  relu        x if x > 0, else 0
    sigmoid      1 / (1 + e^-x)                     tanh        tanh x
    symmrelu     |x|                                softsign    x / (1 + |x|)
    gauss        e^(-x^2)                           fast_tanh   tanh x
    softmax      e^(x_k) / sum_j e^(x_j)            elu         x if x > 0, else alpha (e^x - 1)
    leaky_relu   x if x > 0, else slope x           hard_sigmoid  min(1, max(0, slope x + 1/2))
    gelu         x Phi(x), or its tanh form: D. Hendrycks, K. Gimpel, arXiv:1606.08415

Names and slopes are PyTorch's where PyTorch has the name. `symmrelu`, `gauss` and `fast_tanh`
are TMVA's; its `fast_tanh` differs from tanh by a few units in the last place of a float,
which is not reproduced. `tanh` in the form `rational` is that of TMVA's method MLP, in float32,
where only the square of x and a are formed of x as it is, and rounded then:

    s = x^2        a = x (135135 + s (17325 + s (378 + s)))
                   b = 135135 + s (62370 + s (3150 + 28 s))        y = a / b, +-1 beyond +-4.97

It is up to 1e-4 from tanh. In a spec an activation is a word, or a record with its options:
`activation: tanh`, `activation: {type: elu, alpha: 0.5}`. A new one is one more class here.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from ..options import Finite, Kind, Positive, any_of

if TYPE_CHECKING:
    from ..backends import Array, Backend


class Function(Kind):
    """An activation and its options."""

    kinds: ClassVar[dict[str, Any]] = {}

    def apply(self, b: Backend, x: Array) -> Array:
        """y = f(x), the shape kept."""
        raise TypeError(f"the activation {type(self).__name__} has no formula")

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        """dL/dx from dL/dy, where y = f(x)."""
        raise TypeError(f"the activation {type(self).__name__} has no way back")


class Linear(Function):
    type: Literal["linear"] = "linear"

    def apply(self, b: Backend, x: Array) -> Array:
        return x

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return dy


class Relu(Function):
    type: Literal["relu"] = "relu"

    def apply(self, b: Backend, x: Array) -> Array:
        return b.where(x < 0, 0.0, x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return b.where(x > 0, dy, 0.0)


class Sigmoid(Function):
    type: Literal["sigmoid"] = "sigmoid"

    def apply(self, b: Backend, x: Array) -> Array:
        return b.sigmoid(x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return dy * (y * (1 - y))


class Tanh(Function):
    type: Literal["tanh"] = "tanh"
    form: Literal["exact", "rational"] = "exact"

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the form that the word alone has meant since before there was another."""
        options: dict[str, Any] = handler(self)
        return options if self.form != "exact" else {"type": self.type}

    def apply(self, b: Backend, x: Array) -> Array:
        return b.tanh(x) if self.form == "exact" else _rational_tanh(b, x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return dy * (1 - y * y)


def _rational_tanh(b: Backend, x: Array) -> Array:
    square = (x * x).astype("float32")
    inner = 135135 + square * (17325 + square * (378 + square))
    above = (x * inner.astype(x.dtype)).astype("float32")
    below = 135135 + square * (62370 + square * (3150 + square * 28))
    y = (above / below).astype(x.dtype)
    return b.where(x > 4.97, 1.0, b.where(x < -4.97, -1.0, y))


class FastTanh(Function):
    type: Literal["fast_tanh"] = "fast_tanh"

    def apply(self, b: Backend, x: Array) -> Array:
        return b.tanh(x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return dy * (1 - y * y)


class SymmRelu(Function):
    type: Literal["symmrelu"] = "symmrelu"

    def apply(self, b: Backend, x: Array) -> Array:
        return b.abs(x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return b.where(x < 0, -dy, dy)


class SoftSign(Function):
    type: Literal["softsign"] = "softsign"

    def apply(self, b: Backend, x: Array) -> Array:
        return x / (1 + b.abs(x))

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        bottom = 1 + b.abs(x)
        return dy / (bottom * bottom)


class Gauss(Function):
    type: Literal["gauss"] = "gauss"

    def apply(self, b: Backend, x: Array) -> Array:
        return b.exp(-(x * x))

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return dy * (-2 * x * y)


class Softmax(Function):
    type: Literal["softmax"] = "softmax"

    def apply(self, b: Backend, x: Array) -> Array:
        top = b.exp(x - b.max(x, -1, keepdims=True))
        return top / b.sum(top, -1, keepdims=True)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return y * (dy - b.sum(dy * y, -1, keepdims=True))


class Elu(Function):
    type: Literal["elu"] = "elu"
    alpha: Finite = 1.0

    def apply(self, b: Backend, x: Array) -> Array:
        return b.where(x > 0, x, self.alpha * b.expm1(x))

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return b.where(x > 0, dy, dy * (self.alpha * b.exp(x)))


class LeakyRelu(Function):
    type: Literal["leaky_relu"] = "leaky_relu"
    slope: Finite = 0.01

    def apply(self, b: Backend, x: Array) -> Array:
        return b.where(x > 0, x, self.slope * x)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        return b.where(x > 0, dy, self.slope * dy)


class Gelu(Function):
    type: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = "none"

    def apply(self, b: Backend, x: Array) -> Array:
        if self.approximate == "none":
            return 0.5 * x * (1 + b.erf(x * sqrt(0.5)))
        return 0.5 * x * (1 + b.tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        if self.approximate == "none":
            phi = b.exp(-0.5 * x * x) * (1 / sqrt(2 * pi))
            return dy * (0.5 * (1 + b.erf(x * sqrt(0.5))) + x * phi)
        t = b.tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x))
        inner = sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x)
        return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)


class HardSigmoid(Function):
    type: Literal["hard_sigmoid"] = "hard_sigmoid"
    slope: Positive = 1 / 6

    def apply(self, b: Backend, x: Array) -> Array:
        return b.minimum(b.maximum(self.slope * x + 0.5, 0.0), 1.0)

    def back(self, b: Backend, x: Array, y: Array, dy: Array) -> Array:
        inside = (y > 0) & (y < 1)
        return b.where(inside, self.slope * dy, 0.0)


if TYPE_CHECKING:
    Activation = Function
else:
    Activation = any_of(Function.kinds)
