"""Distances in ulp, counted one by one with nextafter."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.ulp import INFINITE, compare, ulp

TYPES = ["float32", "float64"]
LIMITS = {"float32": (24, -149), "float64": (53, -1074)}  # digits, least exponent


def distance(x, y, dtype):
    return int(ulp(numpy.array([x], dtype), numpy.array([y], dtype))[0])


def number(x, dtype):
    """Which number of its type x is, counted from +0, by exact arithmetic and not by its bits."""
    digits, least = LIMITS[dtype]
    if math.isinf(x):
        return number(numpy.finfo(dtype).max, dtype) + 1
    x = Fraction(float(x))
    spacing, first = Fraction(2) ** least, 0
    step = 2 ** (digits - 1)
    # Each power of two has as many numbers as all those between 0 and the least normal one.
    while x >= 2 * step * spacing:
        spacing, first = 2 * spacing, first + step
    return first + int(x / spacing)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("start", [1.0, -1.0, 0.0, -0.0, 1e-310, 3e38, -2.0])
def test_each_step_to_the_next_number_counts_one(dtype, start):
    with numpy.errstate(all="ignore"):
        x = y = numpy.array(start, dtype)
        for steps in range(1, 20):
            y = numpy.nextafter(y, numpy.array(numpy.inf, dtype))
            # nextafter goes from -0.0 and the negative numbers over one zero only.
            crossed = numpy.signbit(x) and not numpy.signbit(y)
            assert distance(x, y, dtype) == steps + int(crossed)
            assert distance(y, x, dtype) == steps + int(crossed)


@pytest.mark.parametrize("dtype", TYPES)
def test_the_two_zeros_are_neighbours(dtype):
    assert distance(0.0, -0.0, dtype) == 1
    assert distance(-0.0, -0.0, dtype) == 0


@pytest.mark.parametrize("dtype", TYPES)
def test_signs_and_infinities_are_counted_exactly(dtype):
    for x in (1.0, 1.5, 2.0**100, numpy.finfo(dtype).tiny, numpy.inf):
        assert distance(0.0, x, dtype) == number(x, dtype)
        assert distance(-x, x, dtype) == 2 * number(x, dtype) + 1


@given(st.floats(width=32, allow_nan=False), st.floats(width=32, allow_nan=False))
def test_any_two_numbers_are_as_far_apart_as_counting_says(x, y):
    def signed(value):
        count = number(abs(value), "float32")
        return -count - 1 if math.copysign(1, value) < 0 else count

    assert distance(x, y, "float32") == abs(signed(x) - signed(y))


@pytest.mark.parametrize("dtype", TYPES)
def test_nan_is_one_thing_and_infinitely_far_from_all_others(dtype):
    nan = numpy.array([numpy.nan, -numpy.nan], dtype)
    assert list(ulp(nan, nan[::-1])) == [0, 0]
    assert distance(numpy.nan, numpy.inf, dtype) == INFINITE
    assert distance(-numpy.inf, numpy.inf, dtype) < INFINITE


def test_arrays_that_are_not_alike_are_refused():
    with pytest.raises(ValueError, match="float32"):
        ulp(numpy.zeros(2, "float32"), numpy.zeros(2))
    with pytest.raises(ValueError, match=r"\(2,\) and float64\(1,\)"):
        ulp(numpy.zeros(2), numpy.zeros(1))


def test_a_comparison_tells_how_many_where_and_how_far():
    x = numpy.zeros((3, 4), "float32")
    y = x.copy()
    assert str(compare(x, y)) == "the same bits"
    y[1, 2], y[2, 0] = 3e-45, -0.0
    found = compare(x, y)
    assert (found.size, found.different, found.ulp, found.where) == (12, 2, 2, (1, 2))
    assert str(found) == "2 of 12 differ, most at [1, 2]: 2 ulp (largest difference 2.8e-45)"


def test_a_nan_that_was_a_number_is_named_and_is_null_in_json():
    found = compare(numpy.float64([1, 2]), numpy.float64([1, numpy.nan]))
    assert "NaN against a number" in str(found)
    assert found.to_data()["ulp"] is None


def test_the_largest_difference_of_all_is_still_finite():
    most = numpy.finfo("float64").max
    found = compare(numpy.float64([most]), numpy.float64([-most]))
    assert math.isfinite(found.absolute)


def test_nothing_is_the_same_as_nothing():
    assert compare(numpy.zeros((0, 3)), numpy.zeros((0, 3))).where is None
