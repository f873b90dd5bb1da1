"""The functions of an expression, on float64 arrays; names are those of TTreeFormula.

A bare name has ROOT's meaning, which has an answer everywhere; `TMath::` and `std::` mean C's own.
Beyond + - * / and sqrt the last bit of a result is that of the C library.
"""

from __future__ import annotations

from collections.abc import Callable
from math import e, pi
from typing import Any, Final, NamedTuple

import numpy

Array = Any


class Function(NamedTuple):
    """What to call, with how many arguments."""

    call: Callable[..., Array]
    arguments: int


def quotient(x: Array, y: Array) -> Array:
    """Give x / y, and 0 where y is 0 (x times 0, which has the sign of x), as TTreeFormula does."""
    zero = y == 0
    return numpy.where(zero, numpy.copysign(0.0, x), x / numpy.where(zero, 1.0, y))


def remainder(x: Array, y: Array) -> Array:
    """Give the remainder of whole numbers, both cut before, with the sign of x; NaN for y = 0."""
    return numpy.fmod(numpy.trunc(x), numpy.trunc(y))


def power(x: Array, y: Array) -> Array:
    """Give x to the power y; a square is one multiplication."""
    return numpy.where(y == 2, x * x, numpy.power(x, y))


def smaller(x: Array, y: Array) -> Array:
    """Give the smaller number, the first where they cannot be compared."""
    return numpy.where(y < x, y, x)


def larger(x: Array, y: Array) -> Array:
    """Give the larger number, the first where they cannot be compared."""
    return numpy.where(x < y, y, x)


def _within(function: Callable[..., Array], low: float, high: float) -> Callable[..., Array]:
    """Give the function with 0 for its values outside of a range; NaN stays."""
    return lambda x: numpy.where((x < low) | (x > high), 0.0, function(x))


def _above_0(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda x: numpy.where(x <= 0, 0.0, function(x))


def _exp(x: Array) -> Array:
    return numpy.where(x < -700, 0.0, numpy.exp(numpy.minimum(x, 700.0)))


def _round(x: Array) -> Array:
    """Give the nearest whole number, of two the one further from 0."""
    whole = numpy.trunc(x)
    return numpy.where(abs(x - whole) >= 0.5, whole + numpy.copysign(1.0, x), whole)


def _sign(x: Array) -> Array:
    """Give -1 below 0 and else 1, of -0 and NaN too."""
    return numpy.where(x < 0, -1.0, 1.0)


PLAIN: Final[dict[str, Callable[..., Array]]] = {
    "abs": numpy.abs, "fabs": numpy.abs, "sin": numpy.sin, "cos": numpy.cos, "tan": numpy.tan,
    "atan": numpy.arctan, "sinh": numpy.sinh, "cosh": numpy.cosh, "tanh": numpy.tanh,
    "asinh": numpy.arcsinh, "floor": numpy.floor, "ceil": numpy.ceil, "log2": numpy.log2,
    "cbrt": numpy.cbrt, "round": _round,
}  # fmt: skip
LIMITED: Final[dict[str, tuple[Callable[..., Array], Callable[..., Array]]]] = {
    "sqrt": (lambda x: numpy.sqrt(abs(x)), numpy.sqrt),
    "exp": (_exp, numpy.exp),
    "log": (_above_0(numpy.log), numpy.log),
    "log10": (_above_0(numpy.log10), numpy.log10),
    "asin": (_within(numpy.arcsin, -1, 1), numpy.arcsin),
    "acos": (_within(numpy.arccos, -1, 1), numpy.arccos),
    "acosh": (_within(numpy.arccosh, 1, numpy.inf), numpy.arccosh),
    "atanh": (_within(numpy.arctanh, -1, 1), numpy.arctanh),
}
PAIRS: Final[dict[str, Callable[..., Array]]] = {
    "pow": power, "min": smaller, "max": larger, "atan2": numpy.arctan2, "fmod": numpy.fmod,
    "hypot": numpy.hypot,
}  # fmt: skip
TMATH: Final = {
    "ASin": "asin", "ACos": "acos", "ATan": "atan", "ATan2": "atan2", "ASinH": "asinh",
    "ACosH": "acosh", "ATanH": "atanh", "SinH": "sinh", "CosH": "cosh", "TanH": "tanh",
    "Sin": "sin", "Cos": "cos", "Tan": "tan", "Sqrt": "sqrt", "Exp": "exp", "Log": "log",
    "Log10": "log10", "Log2": "log2", "Power": "pow", "Abs": "abs",
    "Floor": "floor", "Ceil": "ceil", "Hypot": "hypot",
}  # fmt: skip


def _table() -> dict[str, Function]:
    own = {
        **{name: Function(call, 1) for name, call in PLAIN.items()},
        **{name: Function(root, 1) for name, (root, _) in LIMITED.items()},
        **{name: Function(call, 2) for name, call in PAIRS.items()},
    }
    c = own | {name: Function(plain, 1) for name, (_, plain) in LIMITED.items()}
    return {
        **own,
        "sq": Function(numpy.square, 1),
        "sign": Function(_sign, 1),
        "int": Function(numpy.trunc, 1),
        **{f"std::{name}": function for name, function in c.items()},
        **{f"TMath::{name}": c[own_name] for name, own_name in TMATH.items()},
        # These two give the second number where they cannot be compared.
        "TMath::Min": Function(lambda x, y: numpy.where(x <= y, x, y), 2),
        "TMath::Max": Function(lambda x, y: numpy.where(x >= y, x, y), 2),
        "TMath::Sq": Function(numpy.square, 1),
        "TMath::Sign": Function(lambda x, y: numpy.copysign(x, y), 2),
        "TMath::Nint": Function(numpy.rint, 1),
        "TMath::IsNaN": Function(lambda x: numpy.isnan(x).astype("float64"), 1),
        "TMath::Finite": Function(lambda x: numpy.isfinite(x).astype("float64"), 1),
    }


FUNCTIONS: Final = _table()

CONSTANTS: Final = {
    "pi": pi,
    "TMath::Pi": pi,
    "TMath::TwoPi": 2 * pi,
    "TMath::PiOver2": pi / 2,
    "TMath::PiOver4": pi / 4,
    "TMath::E": e,
    "TMath::DegToRad": pi / 180,
    "TMath::RadToDeg": 180 / pi,
}
