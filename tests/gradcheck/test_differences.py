"""Slopes by differences: right ones, wrong ones, and places where there is no one slope."""

import math

import numpy as np
import pytest

from netspec.gradcheck.differences import looked_at


def look(function, at, claimed, tolerance=1e-6):
    """Look at one entry, the second of two."""
    array = np.array([[7.0, at]])
    slope = np.array([[0.0, claimed]])
    (found,) = looked_at(lambda: function(array[0, 1]), array, slope, [1], tolerance)
    assert array.tolist() == [[7.0, at]]
    assert found.place == 1
    return found


SMOOTH = [
    (math.tanh, 0.3, 1 - math.tanh(0.3) ** 2),
    (math.exp, -2.0, math.exp(-2.0)),
    (lambda x: x**3, 1.7, 3 * 1.7**2),
]


@pytest.mark.parametrize(("function", "at", "slope"), SMOOTH, ids=["tanh", "exp", "cube"])
def test_a_right_slope_is_found_and_a_slightly_wrong_one_is_not(function, at, slope):
    right = look(function, at, slope)
    assert right.ok
    assert not right.kink
    assert right.difference == pytest.approx(slope, rel=1e-4)
    wrong = look(function, at, 1.02 * slope)
    assert not wrong.ok
    assert not wrong.kink
    assert wrong.error == pytest.approx(0.02 / 1.02, rel=1e-2)


def test_a_small_slope_far_from_zero_is_seen_as_far_as_rounding_lets_it():
    for factor in (1, 1.02):
        found = look(lambda x: 1000 + 1e-6 * math.sin(x), 0.5, factor * 1e-6 * math.cos(0.5))
        assert found.ok == (factor == 1)


def test_the_error_is_relative_and_what_is_small_is_held_against_the_largest():
    array, slope = np.zeros(2), np.array([1.0, 1e-5])
    function = lambda: float(array[0] + 2e-5 * array[1])  # noqa: E731 - a formula
    right, small = looked_at(function, array, slope, [0, 1], 1e-6)
    assert right.error < 1e-12
    assert small.error == pytest.approx(1e-5 / 1e-3, rel=1e-6)


@pytest.mark.parametrize("claimed", [0.0, 1.0, 0.5])
def test_at_a_kink_either_slope_and_what_lies_between_is_right(claimed):
    found = look(lambda x: max(x, 0.0), 0.0, claimed)
    assert found.ok
    assert found.kink == (claimed != 0.5)


@pytest.mark.parametrize("claimed", [-0.5, 1.5])
def test_at_a_kink_another_slope_is_wrong(claimed):
    found = look(lambda x: max(x, 0.0), 0.0, claimed)
    assert not found.ok
    assert not found.kink


@pytest.mark.parametrize("near", [3e-4, 1e-4, 1e-5, 2.0**-8 / 3, -3e-4, -1e-5])
def test_a_kink_nearby_is_left_outside_by_a_smaller_step(near):
    found = look(lambda x: max(x, 0.0), near, float(near > 0))
    assert found.ok
    assert not found.kink
    assert not look(lambda x: max(x, 0.0), near, float(near < 0)).ok


def test_a_slope_that_rounding_hides_is_none():
    assert look(lambda x: 1e6 + 1e-12 * x, 1.0, 0.0).ok
    assert look(lambda x: 5.0, 1.0, 0.0).error == 0.0
    assert not look(lambda x: 5.0, 1.0, 1e-9).ok


def test_what_is_no_number_is_not_right():
    assert not look(lambda x: math.nan, 1.0, 0.0).ok
    assert not look(math.tanh, 1.0, math.nan).ok
