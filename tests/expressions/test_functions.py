"""Every function and constant by its name, against Python's, inside the range where all agree."""

from __future__ import annotations

import math

import pytest

from netspec.expressions import evaluate, parse
from netspec.expressions.functions import CONSTANTS, FUNCTIONS

SINGLE = {
    "abs": abs, "fabs": abs, "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "asin": math.asin, "acos": math.acos, "atan": math.atan, "sinh": math.sinh,
    "cosh": math.cosh, "tanh": math.tanh, "asinh": math.asinh, "acosh": math.acosh,
    "atanh": math.atanh, "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt,
    "exp": math.exp, "log": math.log, "log2": math.log2, "log10": math.log10,
    "cbrt": math.cbrt, "round": lambda x: math.copysign(math.floor(abs(x) + 0.5), x),
}  # fmt: skip
PAIRS = {
    "pow": math.pow, "min": min, "max": max, "atan2": math.atan2, "fmod": math.fmod,
    "hypot": math.hypot,
}  # fmt: skip
TMATH = {
    "ASin": "asin", "ACos": "acos", "ATan": "atan", "ATan2": "atan2", "ASinH": "asinh",
    "ACosH": "acosh", "ATanH": "atanh", "SinH": "sinh", "CosH": "cosh", "TanH": "tanh",
    "Sin": "sin", "Cos": "cos", "Tan": "tan", "Sqrt": "sqrt", "Exp": "exp", "Log": "log",
    "Log10": "log10", "Log2": "log2", "Power": "pow", "Min": "min", "Max": "max", "Abs": "abs",
    "Floor": "floor", "Ceil": "ceil", "Hypot": "hypot",
}  # fmt: skip
OTHERS = {
    "sq": lambda x: x * x, "int": math.trunc, "sign": lambda x: math.copysign(1, x),
    "TMath::Sq": lambda x: x * x, "TMath::Sign": math.copysign, "TMath::Nint": round,
    "TMath::IsNaN": math.isnan, "TMath::Finite": math.isfinite,
}  # fmt: skip
C = SINGLE | PAIRS
KNOWN = (
    C
    | {f"std::{name}": call for name, call in C.items()}
    | {f"TMath::{name}": C[own] for name, own in TMATH.items()}
    | OTHERS
)
VALUES = {
    "pi": 3.141592653589793, "TMath::Pi": 3.141592653589793, "TMath::TwoPi": 6.283185307179586,
    "TMath::PiOver2": 1.5707963267948966, "TMath::PiOver4": 0.7853981633974483,
    "TMath::E": 2.718281828459045, "TMath::DegToRad": 0.017453292519943295,
    "TMath::RadToDeg": 57.29577951308232,
}  # fmt: skip


def numbers(name):
    """Some numbers from the range of a function."""
    word = name.rpartition(":")[2].lower()
    if word == "acosh":
        return [1.0, 1.25, 3.5]
    if word in ("sqrt", "log", "log2", "log10", "pow", "power"):
        return [0.25, 0.875, 1.75, 30.0]
    if word in ("asin", "acos"):
        return [-1.0, -0.75, -0.1, 0.3, 0.875, 1.0]
    return [-0.875, -0.6, -0.25, 0.3, 0.51, 0.9]


def test_every_function_is_held_against_pythons():
    assert KNOWN.keys() == FUNCTIONS.keys()
    assert VALUES.keys() == CONSTANTS.keys()


@pytest.mark.parametrize("name", KNOWN)
def test_a_function_gives_what_pythons_gives(name):
    call, some = KNOWN[name], numbers(name)
    if FUNCTIONS[name].arguments == 2:
        pairs = [(x, y) for x in some for y in (-1.5, 0.5, 2.0)]
        found = [float(evaluate(parse(f"{name}({x}, {y})"), {})) for x, y in pairs]
        wanted = [float(call(x, y)) for x, y in pairs]
    else:
        found = [float(evaluate(parse(f"{name}({x})"), {})) for x in some]
        wanted = [float(call(x)) for x in some]
    assert found == pytest.approx(wanted, rel=1e-15, abs=1e-16)


@pytest.mark.parametrize("name", VALUES)
def test_a_constant_is_the_number_that_it_names(name):
    text = f"{name}()" if "::" in name else name
    assert float(evaluate(parse(text), {})) == VALUES[name]
