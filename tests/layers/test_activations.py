"""Activations from end to end: what they are far out, at zero, and what their words are."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from netspec.layers.activations import Activation, Function

OPTIONS = [
    *sorted(Function.kinds),
    {"type": "elu", "alpha": 0.5},
    {"type": "leaky_relu", "slope": 0.3},
    {"type": "gelu", "approximate": "tanh"},
    {"type": "hard_sigmoid", "slope": 0.2},
    {"type": "tanh", "form": "rational"},
]
every_activation = pytest.mark.parametrize("choice", OPTIONS, ids=str)

ENDS = {
    "linear": (-math.inf, math.inf),
    "relu": (0, math.inf),
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "fast_tanh": (-1, 1),
    "symmrelu": (math.inf, math.inf),
    "gauss": (0, 0),
    "elu": (-1, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "hard_sigmoid": (0, 1),
}


def made(choice):
    return TypeAdapter(Activation).validate_python(choice)


def applied(b, choice, *numbers, dtype="float64"):
    with b.computing():
        return made(choice).apply(b, np.array(numbers, dtype))


def test_no_activation_has_gone_missing():
    old = """linear relu sigmoid tanh symmrelu softsign gauss fast_tanh softmax elu leaky_relu
    gelu hard_sigmoid"""
    assert set(old.split()) <= set(Function.kinds)


@pytest.mark.parametrize("word", ENDS)
def test_infinities_go_to_the_ends(word, b):
    low, high = ENDS[word]
    assert applied(b, word, -math.inf, math.inf).tolist() == [low, high]


@every_activation
def test_large_numbers_give_no_nan(choice, b):
    for dtype, size in (("float32", 1e30), ("float64", 1e150)):
        y = applied(b, choice, -size, size, dtype=dtype)
        assert not np.any(np.isnan(y))
        assert y.dtype == dtype


@every_activation
def test_nan_comes_out_where_nan_went_in(choice, b):
    y = applied(b, choice, math.nan, 1.0)
    assert math.isnan(y[0])
    if choice != "softmax":
        assert not math.isnan(y[1])


@every_activation
def test_slopes_are_finite_far_out(choice, b):
    function, x = made(choice), np.array([-1e100, -50.0, 50.0, 1e100])
    with b.computing():
        y = function.apply(b, x)
        dx = function.back(b, x, y, np.ones(4))
    assert np.all(np.isfinite(dx))


@every_activation
def test_an_activation_reads_back_from_its_own_words(choice):
    function = made(choice)
    words = TypeAdapter(Activation).dump_python(function, mode="json")
    assert made(words) == function
    # The word tanh was written before it had a form, and still means what it meant.
    alone = len(type(function).model_fields) == 1 or function == made("tanh")
    assert isinstance(words, str) == alone


def test_softmax_does_not_overflow_and_adds_up_to_one(b):
    y = applied(b, "softmax", 1000.0, 1001.0, -1e300)
    np.testing.assert_allclose(y, [1 / (1 + math.e), math.e / (1 + math.e), 0], rtol=1e-14)
    assert applied(b, "softmax", *[5.0] * 4).tolist() == [0.25] * 4


def test_the_slope_at_a_kink_is_that_of_torch(b):
    zero = np.zeros(1)
    for word, slope in (("relu", 0.0), ("leaky_relu", 0.01), ("elu", 1.0)):
        function = made(word)
        y = function.apply(b, zero)
        assert function.back(b, zero, y, np.ones(1)).tolist() == [slope], word


def test_hard_sigmoid_rises_by_a_sixth_unless_told_otherwise(b):
    assert applied(b, "hard_sigmoid", -3.0, 0.0, 1.5, 3.0).tolist() == [0, 0.5, 0.75, 1]
    slow = {"type": "hard_sigmoid", "slope": 0.25}
    assert applied(b, slow, -2.0, 1.0, 2.0).tolist() == [0, 0.75, 1]


RATIONAL = {"type": "tanh", "form": "rational"}


def rational(x):
    """TMVA's tanh of one float64 number, every operation a float's or a double's as in its MLP."""
    F = np.float32
    if abs(x) > 4.97:
        return math.copysign(1.0, x)
    s = F(x * x)
    inner = F(F(135135) + F(s * F(F(17325) + F(s * F(F(378) + s)))))
    below = F(F(135135) + F(s * F(F(62370) + F(s * F(F(3150) + F(s * F(28)))))))
    return float(F(F(x * float(inner)) / below))


def test_the_rational_tanh_is_rounded_where_tmvas_mlp_rounds(b):
    x = np.concatenate([np.linspace(-6, 6, 2001), [1e-300, -1e-12, 4.97, np.nextafter(4.97, 5)]])
    assert applied(b, RATIONAL, *x).tolist() == [rational(v) for v in x.tolist()]
    small = x.astype("float32")
    wanted = [rational(float(v)) for v in small]
    assert applied(b, RATIONAL, *small, dtype="float32").tolist() == wanted


def test_the_rational_tanh_is_near_the_tanh_and_ends_at_one(b):
    x = np.linspace(-20, 20, 4001)
    assert np.abs(applied(b, RATIONAL, *x) - np.tanh(x)).max() < 1e-4
    assert applied(b, RATIONAL, -math.inf, -4.98, 4.98, math.inf).tolist() == [-1, -1, 1, 1]
    assert applied(b, RATIONAL, -0.0).view("uint64") == applied(b, "linear", -0.0).view("uint64")


def test_the_slope_of_the_rational_tanh_is_by_its_output(b):
    function, x, dy = made(RATIONAL), np.linspace(-5, 5, 11), np.linspace(1, 2, 11)
    with b.computing():
        y = function.apply(b, x)
        assert function.back(b, x, y, dy).tolist() == (dy * (1 - y * y)).tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        "tahn",
        {"type": "elu", "beta": 1.0},
        {"type": "elu", "alpha": math.nan},
        {"type": "hard_sigmoid", "slope": 0},
        {"type": "gelu", "approximate": "erf"},
        {"type": "tanh", "form": "fast"},
        {"alpha": 1.0},
        3,
    ],
    ids=str,
)
def test_what_is_no_activation_is_refused(wrong):
    with pytest.raises(ValidationError):
        made(wrong)
