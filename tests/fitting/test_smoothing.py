"""Smoothing gives the numbers of ROOT, to the bit."""

import numpy as np
import pytest

from netspec.fitting.smoothing import smoothed
from tests.fitting.samples import ROOT


@pytest.mark.parametrize("name", ROOT["smoothed"])
def test_it_gives_the_bits_of_root(name):
    series = ROOT["smoothed"][name]
    assert smoothed(np.array(series["from"])).tolist() == series["to"]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_entries_stay(count):
    x = np.arange(count, dtype="float64")
    assert smoothed(x).tolist() == x.tolist()


def test_what_is_given_is_not_touched():
    x = np.array([0.0, 9.0, 1.0, 7.0, 2.0])
    smoothed(x)
    assert x.tolist() == [0.0, 9.0, 1.0, 7.0, 2.0]


def test_a_straight_line_stays():
    x = np.arange(20.0)
    assert smoothed(x).tolist() == x.tolist()


def test_a_spike_goes_and_nothing_falls_below_0():
    x = np.zeros(30)
    x[11] = 100.0
    assert smoothed(x).max() == 0
    rng = np.random.default_rng(3)
    assert smoothed(rng.uniform(size=200) ** 8).min() >= 0
