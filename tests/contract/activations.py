"""Activations, by the table of the contract: x is the input, y the output, dy the slope in it.

`f` is the activation of a spec, of which nothing is used but its options. Arrays are rows.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi, sqrt
from typing import Any

import numpy as np

from . import functions as m
from .rounding import maximum, minimum
from .sums import max_of_row, sum_of_row


def softmax(x: Any) -> Any:
    e = m.exp(x - max_of_row(x))
    return e / sum_of_row(e)


def hard_sigmoid(slope: float, x: Any) -> Any:
    return minimum(maximum((slope * x) + 0.5, 0.0), 1.0)


def gelu_back(x: Any, dy: Any) -> Any:
    phi = m.exp(((-0.5) * x) * x) * (1 / sqrt(2 * pi))
    return dy * ((0.5 * (1 + m.erf(x * sqrt(0.5)))) + (x * phi))


def bend(x: Any) -> Any:
    """What gelu's other form puts in the place of erf."""
    return m.tanh(sqrt(2 / pi) * (x + (((0.044715 * x) * x) * x)))


def bent_back(x: Any, dy: Any) -> Any:
    t = bend(x)
    q = sqrt(2 / pi) * (1 + (((3 * 0.044715) * x) * x))
    return dy * ((0.5 * (1 + t)) + (((0.5 * x) * (1 - (t * t))) * q))


def rational(x: Any) -> Any:
    """TMVA's tanh: the square and a are formed in T, the rest in float32."""
    s = (x * x).astype("float32")
    q = 135135 + (s * (17325 + (s * (378 + s))))
    a = (x * q.astype(x.dtype)).astype("float32")
    b = 135135 + (s * (62370 + (s * (3150 + (s * 28)))))
    y = (a / b).astype(x.dtype)
    y[x > 4.97], y[x < -4.97] = 1.0, -1.0
    return y


def soft_back(x: Any, dy: Any) -> Any:
    q = 1 + np.abs(x)
    return dy / (q * q)


FORWARD: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda f, x: x,
    "relu": lambda f, x: np.where(x < 0, 0.0, x),
    "sigmoid": lambda f, x: m.sigmoid(x),
    "tanh": lambda f, x: m.tanh(x),
    "tanh rational": lambda f, x: rational(x),
    "fast_tanh": lambda f, x: m.tanh(x),
    "symmrelu": lambda f, x: np.abs(x),
    "softsign": lambda f, x: x / (1 + np.abs(x)),
    "gauss": lambda f, x: m.exp(-(x * x)),
    "softmax": lambda f, x: softmax(x),
    "elu": lambda f, x: np.where(x > 0, x, f.alpha * m.expm1(x)),
    "leaky_relu": lambda f, x: np.where(x > 0, x, f.slope * x),
    "gelu": lambda f, x: (0.5 * x) * (1 + m.erf(x * sqrt(0.5))),
    "gelu tanh": lambda f, x: (0.5 * x) * (1 + bend(x)),
    "hard_sigmoid": lambda f, x: hard_sigmoid(f.slope, x),
}

BACK: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "linear": lambda f, x, y, dy: dy,
    "relu": lambda f, x, y, dy: np.where(x > 0, dy, 0.0),
    "sigmoid": lambda f, x, y, dy: dy * (y * (1 - y)),
    "tanh": lambda f, x, y, dy: dy * (1 - (y * y)),
    "tanh rational": lambda f, x, y, dy: dy * (1 - (y * y)),
    "fast_tanh": lambda f, x, y, dy: dy * (1 - (y * y)),
    "symmrelu": lambda f, x, y, dy: np.where(x < 0, -dy, dy),
    "softsign": lambda f, x, y, dy: soft_back(x, dy),
    "gauss": lambda f, x, y, dy: dy * (((-2) * x) * y),
    "softmax": lambda f, x, y, dy: y * (dy - sum_of_row(dy * y)),
    "elu": lambda f, x, y, dy: np.where(x > 0, dy, dy * (f.alpha * m.exp(x))),
    "leaky_relu": lambda f, x, y, dy: np.where(x > 0, dy, f.slope * dy),
    "gelu": lambda f, x, y, dy: gelu_back(x, dy),
    "gelu tanh": lambda f, x, y, dy: bent_back(x, dy),
    "hard_sigmoid": lambda f, x, y, dy: np.where((y > 0) & (y < 1), f.slope * dy, 0.0),
}


def word(f: Any) -> str:
    """Give the row of the tables above."""
    if f.type == "tanh" and f.form == "rational":
        return "tanh rational"
    return "gelu tanh" if f.type == "gelu" and f.approximate == "tanh" else f.type


def apply(f: Any, x: Any) -> Any:
    """Give y = f(x) for a row x."""
    return FORWARD[word(f)](f, x)


def back(f: Any, x: Any, y: Any, dy: Any) -> Any:
    """Give dL/dx from dL/dy, where y = f(x)."""
    return BACK[word(f)](f, x, y, dy)
