"""The model itself: its numbers against fractions, its sums by hand, its formulas against NumPy's.

None of this needs compiled kernels.
"""

from __future__ import annotations

import math
from fractions import Fraction

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from tests.asking import NUMPY
from tests.specimens import every_layer_at_every_length

from . import functions, sums
from .asking import every_dtype, modelled, named, trained
from .drawing import drawn, of_row, specials, uniform
from .rounding import FORMATS, canonical, fma, fma_of_three, maximum, minimum, words

INF, NAN = math.inf, math.nan


def unless_too_large(function):
    """Give infinity where Python's own function gives up."""

    def value(x):
        try:
            return function(x)
        except OverflowError:
            return INF

    return value


BY_LIBM = {
    "exp": unless_too_large(math.exp),
    "expm1": unless_too_large(math.expm1),
    "log": lambda x: math.log(x) if x > 0 else -INF if x == 0 else NAN,
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x),
    "erf": math.erf,
}
floats = {
    "float32": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "float64": st.floats(allow_nan=False, allow_infinity=False),
}


@every_dtype
@hypothesis.given(data=st.data())
def test_an_fma_is_the_nearest_number_to_the_fraction(dtype, data):
    a, b, c = (data.draw(floats[dtype] | st.floats(-2, 2, width=32)) for _ in range(3))
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    found = fma_of_three(a, b, c, FORMATS[dtype])
    kind = np.dtype(dtype).type
    assert float(kind(found)) == found
    largest = Fraction(float(np.finfo(dtype).max))
    if math.isinf(found):
        step = Fraction(2) ** (FORMATS[dtype].highest - FORMATS[dtype].digits)
        assert abs(exact) >= largest + step
        assert (found > 0) == (exact > 0)
        return
    far = abs(Fraction(found) - exact)
    with np.errstate(all="ignore"):
        neighbours = [float(np.nextafter(kind(found), kind(way))) for way in (-INF, INF)]
    for other in neighbours:
        if math.isfinite(other):
            distance = abs(Fraction(other) - exact)
            even = int(words(np.array([found], dtype))[0]) % 2 == 0
            assert far < distance or (far == distance and even)
    if dtype == "float64":
        assert found == float(exact)


@every_dtype
@pytest.mark.parametrize(
    ("a", "b", "c", "wanted"),
    [
        (0.0, 1.0, -0.0, 0.0),
        (-0.0, 1.0, -0.0, -0.0),
        (0.0, -1.0, -0.0, -0.0),
        (1.0, -1.0, 1.0, 0.0),
        (-1.0, 1.0, 1.0, 0.0),
        (INF, 0.0, 1.0, NAN),
        (INF, 1.0, -INF, NAN),
        (INF, -1.0, 5.0, -INF),
        (2.0, 3.0, -INF, -INF),
        (NAN, 0.0, 0.0, NAN),
        (1e30, 1e30, -INF, -INF),
    ],
)
def test_an_fma_of_zeros_and_infinities_has_the_sign_that_ieee_gives_it(a, b, c, wanted, dtype):
    a, b, c = (float(np.dtype(dtype).type(x)) for x in (a, b, c))
    found = fma_of_three(a, b, c, FORMATS[dtype])
    assert math.isnan(found) if math.isnan(wanted) else repr(found) == repr(wanted)


def test_an_fma_rounds_once():
    """In float32: 1 + 2^-24 lies in the middle, a little more makes it the upper one."""
    a = np.array([1 + 2.0**-12], "float32")
    c = np.array([-1 - 2.0**-11], "float32")
    assert fma(a, a, c)[0] == np.float32(2.0**-24)
    assert (a * a + c)[0] == 0
    tiny = float(np.float32(1e-45))
    assert fma_of_three(tiny, tiny, 1.0, FORMATS["float32"]) == 1
    assert math.copysign(1, fma_of_three(tiny, -tiny, 0.0, FORMATS["float32"])) == -1


def test_larger_and_smaller_take_the_first_of_two_zeros_and_the_first_nan():
    x, y = np.array([0.0, -0.0, NAN, 1.0]), np.array([-0.0, 0.0, 1.0, NAN])
    assert maximum(x, y).tobytes() == np.array([0.0, -0.0, NAN, NAN]).tobytes()
    assert minimum(x, y).tobytes() == np.array([0.0, -0.0, NAN, NAN]).tobytes()


def test_every_nan_becomes_the_canonical_one():
    x = np.array([0xFFC00001, 0x7F800001, 0x80000000], "uint32").view("float32")
    assert canonical(x).view("uint32").tolist() == [0x7FC00000, 0x7FC00000, 0x80000000]


def test_a_product_is_blocks_of_128_after_the_start():
    big, small = np.float32(2.0**24), np.float32(1)
    x = np.full(129, small)
    W = np.ones((1, 129), "float32")
    assert sums.product(x, W, np.array([big]))[0] == big + 128  # 1 is lost on 2^24 + 128
    assert sums.product(np.full(128, small), W[:, :128])[0] == 128
    first_block, second = 2.0**24 + 128, 1.0
    assert sums.product(x, W, np.array([big]))[0] == np.float32(first_block + second)


def test_a_tree_adds_up_16_neighbours_and_then_their_sums():
    tiny, one = np.float32(2.0**-25), np.float32(1)
    parts = [np.array([one]), *[np.array([tiny])] * 15, *[np.array([tiny])] * 16]
    assert sums.tree(parts, (1,), np.float32)[0] == np.float32(1 + 2.0**-21)
    assert sums.tree([], (1,), np.float32).tolist() == [0]
    assert math.copysign(1, sums.tree([np.array([-0.0])], (1,), np.float64)[0]) == 1


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "tanh", "sigmoid", "erf"])
@every_dtype
def test_functions_are_off_by_less_than_one_unit_in_the_last_place(name, dtype):
    """Of float64 two are allowed: the C library, by which they are measured, is off, too."""
    near, far = uniform("near", (300,), dtype), 100 * uniform("far", (100,), dtype)
    x = np.concatenate([near, 5 * near, far, specials(dtype)])
    with np.errstate(all="ignore"):
        found = getattr(functions, name)(x)
        assert found.dtype == x.dtype
        wanted = np.array([BY_LIBM[name](v) for v in x.tolist()])
        distance = np.abs(found.astype("float64") - wanted)
        unit = np.spacing(np.abs(wanted).astype(dtype)).astype("float64")
        allowed = unit * (1 if dtype == "float32" else 2)
        finite = np.isfinite(wanted) & (np.abs(wanted) <= np.finfo(dtype).max)
        rest = wanted[~finite].astype(dtype)
    assert np.all(distance[finite] <= allowed[finite])
    np.testing.assert_array_equal(found[~finite], rest)


@every_layer_at_every_length
def test_the_model_agrees_with_the_reference_backend_there_and_back(row, lengths):
    one = of_row(row, "float64")
    found, wanted = named(modelled(one, lengths)), named(trained(one, NUMPY, lengths))
    assert found.keys() == wanted.keys()
    for name, array in wanted.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-12, atol=1e-13, err_msg=name)


# Little-endian float64: x, W, b.
DRAWN = [
    "2ecd0f3b5d4bfb3f1a6707ed518efabf",
    "348ea6e771ccd03f20d5ec2770c7e93f",
    "16d6e14bb752ea3f",
]


def test_what_is_drawn_by_a_name_is_drawn_for_ever():
    one = drawn([{"type": "dense", "units": 1}], (2,), 1, "float64")
    arrays = (one.x, *one.weights.values())
    assert [array.astype("<f8").tobytes().hex() for array in arrays] == DRAWN
