"""The curve and its area, beside every pair of events counted one by one."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.metrics.curve import curve
from tests.metrics.samples import score


def by_pairs(y, p, n):
    """The probability that a positive scores higher than a negative; half for the same score."""
    total = 0.0
    for i in range(len(y)):
        for j in range(len(y)):
            total += p[i] * n[j] * (1.0 if y[i] > y[j] else 0.5 if y[i] == y[j] else 0.0)
    return total / (sum(p) * sum(n))


def of(sample):
    return [array.tolist() for array in sample.of_class(0)]


@pytest.mark.parametrize("levels", [None, 3, 10])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [1, 20, 300])
def test_the_area_is_the_part_of_the_pairs_in_right_order(levels, weighted, seed):
    sample = score(60, seed, levels, weighted)
    found = curve(*sample.of_class(0)).area
    assert found == pytest.approx(by_pairs(*of(sample)), rel=1e-12)


events = st.tuples(st.integers(0, 5), st.floats(0, 3, width=16), st.floats(0, 3, width=16))


@given(st.lists(events, min_size=1, max_size=12))
def test_the_area_is_that_of_the_pairs_for_any_weights_and_uncertain_targets(rows):
    y, p, n = (numpy.array(column, "float64") for column in zip(*rows, strict=True))
    if p.sum() and n.sum():
        assert curve(y, p, n).area == pytest.approx(by_pairs(y, p, n), rel=1e-9)


def test_a_weight_of_two_is_the_same_event_twice():
    sample = score(weighted=False)
    y, p, n = sample.of_class(0)
    double = numpy.arange(60) % 3 == 0
    heavy = curve(y, p * (1 + double), n * (1 + double))
    twice = [numpy.concatenate([array, array[double]]) for array in (y, p, n)]
    assert heavy.area == pytest.approx(curve(*twice).area, rel=1e-12)


def test_a_curve_by_hand():
    """Four events: scores 0.9 (+), 0.6 (-), 0.6 (+), 0.1 (-)."""
    found = curve(
        numpy.array([0.6, 0.9, 0.1, 0.6]), numpy.array([1, 1, 0, 0.0]), numpy.array([0, 0, 1, 1.0])
    )
    assert found.true.tolist() == [0, 0.5, 1, 1]
    assert found.false.tolist() == [0, 0, 0.5, 1]
    assert found.score.tolist() == [numpy.inf, 0.9, 0.6, 0.1]
    assert found.area == 0.875
    assert [found.true_at(f) for f in (0, 0.1, 0.25, 0.5, 0.9, 1)] == [0.5, 0.6, 0.75, 1, 1, 1]
    assert [found.score_at(f) for f in (0, 0.49, 0.5, 1)] == [0.9, 0.9, 0.6, 0.1]


def test_ends():
    y, p = numpy.arange(4.0), numpy.array([0, 0, 1, 1.0])
    assert curve(y, p, 1 - p).area == 1
    assert curve(-y, p, 1 - p).area == 0
    assert curve(y * 0, p, 1 - p).area == 0.5


def test_the_sign_of_the_score_turns_the_curve_round():
    y, p, n = score(levels=8).of_class(0)
    assert curve(-y, p, n).area == pytest.approx(1 - curve(y, p, n).area, rel=1e-12)
    assert curve(y, n, p).area == pytest.approx(1 - curve(y, p, n).area, rel=1e-12)


def test_the_order_of_the_events_does_not_matter():
    y, p, n = score(levels=8, weighted=False).of_class(0)
    turned = curve(y[::-1], p[::-1], n[::-1])
    for a, b in zip(turned, curve(y, p, n), strict=True):
        assert numpy.array_equal(a, b)


def test_a_thin_curve_runs_along_the_whole_one():
    whole = curve(*score(5000, levels=4000).of_class(0))
    thin = whole.thin(100)
    assert 50 < len(thin.false) <= 102
    assert (thin.false[0], thin.true[0], thin.false[-1], thin.true[-1]) == (0, 0, 1, 1)
    points = set(zip(*(array.tolist() for array in whole), strict=True))
    assert set(zip(*(array.tolist() for array in thin), strict=True)) <= points
    assert numpy.diff(thin.false + thin.true).max() < 0.04
    assert thin.area == pytest.approx(whole.area, abs=1e-3)
    assert whole.thin(10**6) is whole
