"""What an expression means: ROOT's own answers, and Python's numbers one by one."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.expressions import evaluate, names, parse

INF, NAN = math.inf, math.nan

# Four entries of a tree; what ROOT 6.40's TTreeFormula::EvalInstance gave for them.
ENTRIES = {
    "x": [1.5, -1.5, 0.0, 2.0],
    "y": [2.0, 3.0, 1.5, -3.0],
    "i": [7, -7, 0, 5],
    "j": [2, 2, 3, -3],
    "a[0]": [0.0, 10.0, 20.0, 30.0],
    "a[1]": [1.0, 11.0, 21.0, 31.0],
}
ROOT = {
    "x/y": [0.75, -0.5, 0.0, -2 / 3],
    "i/j": [3.5, -3.5, 0.0, -5 / 3],
    "x/i": [1.5 / 7, 1.5 / 7, 0.0, 0.4],
    "y/0": [0.0] * 4,
    "0/0": [0.0] * 4,
    "5/2": [2.5] * 4,
    "i%j": [1.0, -1.0, 0.0, 2.0],
    "x%y": [1.0, -1.0, 0.0, 2.0],
    "10%3.7": [1.0] * 4,
    "-7%3": [-1.0] * 4,
    "2*3%4": [2.0] * 4,
    "-x^2": [-2.25, -2.25, 0.0, -4.0],
    "-2^2": [-4.0] * 4,
    "2^-1": [0.5] * 4,
    "2^-x": [2**-1.5, 2**1.5, 1.0, 0.25],
    "x**-1": [2 / 3, -2 / 3, INF, 0.5],
    "x^0.5": [math.sqrt(1.5), NAN, 0.0, math.sqrt(2)],
    "0^0": [1.0] * 4,
    "pow(0,-1)": [INF] * 4,
    "1-2-3": [-4.0] * 4,
    "8/4/2": [1.0] * 4,
    "8/2*4": [16.0] * 4,
    "2*-x": [-3.0, 3.0, 0.0, -4.0],
    "x--y": [3.5, 1.5, 1.5, -1.0],
    "x+-y": [-0.5, -4.5, -1.5, 5.0],
    "x/-y": [-0.75, 0.5, 0.0, 2 / 3],
    "-x+1": [-0.5, 2.5, 1.0, -1.0],
    "sqrt(x)": [math.sqrt(1.5), math.sqrt(1.5), 0.0, math.sqrt(2)],
    "sqrt(-4)": [2.0] * 4,
    "TMath::Sqrt(x)": [math.sqrt(1.5), NAN, 0.0, math.sqrt(2)],
    "log(x)": [0.4054651081081644, 0.0, 0.0, 0.6931471805599453],
    "log10(100)": [2.0] * 4,
    "TMath::Log(x)": [0.4054651081081644, NAN, -INF, 0.6931471805599453],
    "TMath::Log10(x)": [0.17609125905568124, NAN, -INF, 0.3010299956639812],
    "exp(800)": [1.0142320547350045e304] * 4,
    "exp(-800)": [0.0] * 4,
    "TMath::Exp(800)": [INF] * 4,
    "TMath::Exp(x)": [4.4816890703380645, 0.22313016014842982, 1.0, 7.38905609893065],
    "acos(2)": [0.0] * 4,
    "asin(x)": [0.0] * 4,
    "atanh(x)": [0.0] * 4,
    "atanh(1)": [INF] * 4,
    "acosh(x)": [0.9624236501192069, 0.0, 0.0, 1.3169578969248166],
    "TMath::ACos(2)": [NAN] * 4,
    "log2(0)": [-INF] * 4,
    "log2(-1)": [NAN] * 4,
    "sinh(x)": [2.1292794550948173, -2.1292794550948173, 0.0, 3.626860407847019],
    "tanh(x)": [0.9051482536448664, -0.9051482536448664, 0.0, 0.9640275800758169],
    "TMath::CosH(x)": [2.352409615243247, 2.352409615243247, 1.0, 3.7621956910836314],
    "atan2(x,y)": [0.6435011087932844, -0.4636476090008061, 0.0, 2.5535900500422257],
    "TMath::ATan2(0,0)": [0.0] * 4,
    "tan(x)": [14.101419947171719, -14.101419947171719, 0.0, -2.185039863261519],
    "hypot(x,y)": [2.5, 3.3541019662496847, 1.5, 3.605551275463989],
    "min(x,y)": [1.5, -1.5, 0.0, -3.0],
    "TMath::Max(x,y)": [2.0, 3.0, 1.5, 2.0],
    "abs(x)": [1.5, 1.5, 0.0, 2.0],
    "std::abs(x)": [1.5, 1.5, 0.0, 2.0],
    "int(x)": [1.0, -1.0, 0.0, 2.0],
    "floor(x)": [1.0, -2.0, 0.0, 2.0],
    "TMath::Ceil(x)": [2.0, -1.0, 0.0, 2.0],
    "round(2.5)": [3.0] * 4,
    "round(x)": [2.0, -2.0, 0.0, 2.0],
    "TMath::Nint(2.5)": [2.0] * 4,
    "sq(x)": [2.25, 2.25, 0.0, 4.0],
    "sign(x)": [1.0, -1.0, 1.0, 1.0],
    "sign(0*-x)": [1.0] * 4,
    "sign(fmod(x,0))": [1.0] * 4,
    "max(1,fmod(x,0))": [1.0] * 4,
    "max(fmod(x,0),1)": [NAN] * 4,
    "min(1,fmod(x,0))": [1.0] * 4,
    "min(fmod(x,0),1)": [NAN] * 4,
    "TMath::Max(1,fmod(x,0))": [NAN] * 4,
    "TMath::Max(fmod(x,0),1)": [1.0] * 4,
    "TMath::Min(1,fmod(x,0))": [NAN] * 4,
    "TMath::Min(fmod(x,0),1)": [1.0] * 4,
    "TMath::Sign(-2,0)": [2.0] * 4,
    "fmod(x,y)": [1.5, -1.5, 0.0, 2.0],
    "fmod(1,0)": [NAN] * 4,
    "cbrt(8)": [2.0] * 4,
    "pi": [3.141592653589793] * 4,
    "TMath::Pi()": [3.141592653589793] * 4,
    "TMath::DegToRad()": [0.017453292519943295] * 4,
    "TMath::E()": [2.718281828459045] * 4,
    "x>0": [1.0, 0.0, 0.0, 1.0],
    "x==-1.5": [0.0, 1.0, 0.0, 0.0],
    "x>-1": [1.0, 0.0, 1.0, 1.0],
    "x!=y": [1.0] * 4,
    "!x": [0.0, 0.0, 1.0, 0.0],
    "!!x": [1.0, 1.0, 0.0, 1.0],
    "!0+1": [2.0] * 4,
    "!(x>0)": [0.0, 1.0, 1.0, 0.0],
    "x&&y": [1.0, 1.0, 0.0, 1.0],
    "x>0 && y>0": [1.0, 0.0, 0.0, 0.0],
    "1||0&&0": [1.0] * 4,
    "0||1>0&&0": [0.0] * 4,
    "x>0?1:2": [1.0, 2.0, 2.0, 1.0],
    "x>0 ? 1 : 2 + 10": [1.0, 12.0, 12.0, 1.0],
    "(x>0 ? 1 : 2) + 10": [11.0, 12.0, 12.0, 11.0],
    "1+1?2:3": [2.0] * 4,
    "(x>0)*y": [2.0, 0.0, 0.0, -3.0],
    "a[1]": [1.0, 11.0, 21.0, 31.0],
    "a [ 1 ]-a[0]": [1.0] * 4,
    "0x10": [16.0] * 4,
    "1E+2 + .5 + 1.": [101.5] * 4,
}


@pytest.mark.parametrize("text", ROOT)
def test_root_s_own_answers_are_given(text):
    arrays = {name: numpy.array(values) for name, values in ENTRIES.items()}
    found = numpy.broadcast_to(evaluate(parse(text), arrays), 4)
    numpy.testing.assert_allclose(found, ROOT[text], rtol=4e-16, atol=0)


def test_the_names_are_those_of_the_text_each_once():
    text = "sqrt(pow(px,2)+pow(py,2)) + hits[0].fX.y[1][2]*px - Length$(v) + pi"
    assert names(parse(text)) == ("px", "py", "hits[0].fX.y[1][2]", "Length$(v)")


def test_a_choice_may_hold_another():
    tree = parse("x > 0 ? y > 0 ? 1 : 2 : y > 0 ? 3 : 4")
    found = evaluate(tree, {"x": numpy.array([1, 1, -1, -1]), "y": numpy.array([1, -1, 1, -1])})
    assert found.tolist() == [1, 2, 3, 4]


def test_whole_numbers_are_computed_as_float64():
    big = numpy.array([2**53 + 1, 3], "int64")
    assert evaluate(parse("n / 2"), {"n": big}).tolist() == [2.0**52, 1.5]
    assert evaluate(parse("m + m"), {"m": numpy.array([200], "uint8")}).tolist() == [400]


def test_nan_goes_through_sums_and_not_through_comparisons_as_in_c():
    x = {"x": numpy.array([NAN])}
    for text in ("x+1", "sqrt(x)", "log(x)", "x/2", "-x", "x%2", "asin(x)", "x?x:0", "exp(x)"):
        assert numpy.isnan(evaluate(parse(text), x)).all(), text
    for text, value in (("x>0", 0), ("x==x", 0), ("x!=x", 1), ("!x", 0), ("x&&1", 1)):
        assert evaluate(parse(text), x).tolist() == [value], text


# Python's own numbers, one event at a time


def quotient(x, y):
    return math.copysign(0, x) if y == 0 else x / y


def trees(depth):
    """Pairs of a text in brackets and a function of (x, y) on Python's floats."""
    leaves = st.sampled_from(
        [("x", lambda x, y: x), ("y", lambda x, y: y), ("2", lambda x, y: 2.0),
         ("0.25", lambda x, y: 0.25), ("pi", lambda x, y: math.pi)]
    )  # fmt: skip
    if not depth:
        return leaves
    below = trees(depth - 1)
    return st.one_of(
        leaves,
        st.builds(_pair, st.sampled_from(sorted(TWO)), below, below),
        st.builds(_single, st.sampled_from(sorted(ONE)), below),
        st.builds(_choice, below, below, below),
    )


TWO = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": quotient,
    "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "&&": lambda a, b: float(a != 0 and b != 0),
    "||": lambda a, b: float(a != 0 or b != 0),
}
ONE = {
    "-": lambda a: -a,
    "!": lambda a: float(a == 0),
    "sqrt": lambda a: math.sqrt(abs(a)),
    "std::floor": lambda a: float(math.floor(a)),
    "atan": math.atan,
    "TMath::Abs": abs,
}


def _pair(sign, left, right):
    f = TWO[sign]
    return f"({left[0]} {sign} {right[0]})", lambda x, y: f(left[1](x, y), right[1](x, y))


def _single(word, below):
    f = ONE[word]
    return f"({word}({below[0]}))", lambda x, y: f(below[1](x, y))


def _choice(condition, yes, no):
    def value(x, y):
        return yes[1](x, y) if condition[1](x, y) != 0 else no[1](x, y)

    return f"({condition[0]} ? {yes[0]} : {no[0]})", value


@given(trees(4), st.lists(st.tuples(*[st.integers(-8, 8)] * 2), min_size=1, max_size=4))
def test_all_events_at_once_are_what_python_gives_one_by_one(tree, events):
    text, value = tree
    x, y = (numpy.array([event[k] / 4 for event in events]) for k in (0, 1))
    found = numpy.broadcast_to(evaluate(parse(text), {"x": x, "y": y}), len(events))
    wanted = [value(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    numpy.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
