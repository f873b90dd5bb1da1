"""Cumulated densities: ROOT's histograms to the bit, and what they are made for."""

import numpy as np
import pytest

from netspec.errors import DataError
from netspec.fitting import gauss, uniform
from tests.fitting.make_root_oracles import SAMPLES, numbers, weights
from tests.fitting.samples import ROOT, B, sample


@pytest.mark.parametrize("name", SAMPLES)
def test_edges_and_contents_have_the_bits_of_roots_histogram(name):
    count, kind, weighting = SAMPLES[name]
    root, v, w = ROOT["histograms"][name], numbers(count, kind), weights(count, weighting)
    options, arrays = gauss.fit(B, sample(v[:, None], w), "float32")
    assert options["bins"] == (root["bins"],)
    some = slice(None, None, max(1, root["bins"] // 40))
    assert arrays["edges"][:-1][some].tolist() == root["edges"][: len(root["contents"])]
    assert arrays["contents"][some].tolist() == root["contents"]


def test_variables_stand_one_after_the_other_and_flat_is_said():
    x = np.stack([numbers(900, "smooth", seed) for seed in (1, 2, 3)], 1)
    options, arrays = uniform.fit(B, sample(x, positions=(0, 2)), "float32")
    assert options["flat"]
    assert options["type"] == "gauss"
    first, second = (gauss.fit(B, sample(x, positions=(k,)), "float32") for k in (0, 2))
    assert options["bins"] == (*first[0]["bins"], *second[0]["bins"])
    for name in ("edges", "contents"):
        both = np.concatenate([first[1][name], second[1][name]])
        assert arrays[name].tolist() == both.tolist()


def test_contents_rise_to_1_and_edges_never_fall():
    for seed in range(5):
        v = np.random.default_rng(seed).standard_cauchy(3000).astype("float32")
        _, arrays = gauss.fit(B, sample(v[:, None]), "float32")
        assert (np.diff(arrays["edges"]) >= 0).all()
        assert (np.diff(arrays["contents"]) >= 0).all()
        assert arrays["contents"][-1] == 1


def test_the_order_of_the_events_changes_nothing():
    v = numbers(5000, "ties")
    again = np.random.default_rng(0).permutation(v)
    one, two = (gauss.fit(B, sample(some[:, None]), "float32")[1] for some in (v, again))
    assert all((one[name] == two[name]).all() for name in one)


def test_a_bin_holds_a_two_thousandth_of_the_weights_or_ten_of_the_smallest():
    v = np.arange(50000, dtype="float32")
    assert np.diff(gauss.binning(v, np.ones(50000)))[1:-1].tolist() == [24, *[25] * 1998][:1999]
    v = np.arange(48001, dtype="float32")  # a two thousandth is more than 24, but not 25
    assert np.diff(gauss.binning(v, np.ones(48001)))[1:-1].tolist() == [24, *[25] * 1919]
    v = np.arange(2000, dtype="float32")
    assert set(np.diff(gauss.binning(v, np.ones(2000)))[2:-1].tolist()) == {10}


def test_a_small_range_has_a_first_bin_that_leaves_room_for_the_others():
    v = np.linspace(0, 1e-6, 1000, dtype="float32")
    edges = gauss.binning(v, np.ones(1000))
    assert edges[0] == -np.float32(1e-6) / 100


def test_a_variable_that_is_the_same_in_every_event_is_refused_by_name():
    x = np.stack([numbers(50, "smooth"), np.full(50, 3.5, "float32")], 1)
    with pytest.raises(DataError, match=r"X: wanted variables that vary, found variable 1, which"):
        gauss.fit(B, sample(x), "float32")
    with pytest.raises(DataError, match="wanted variables that vary"):
        gauss.fit(B, sample(x[:1]), "float32")


def test_numbers_beyond_float32_are_refused_by_name():
    x = np.array([[0.0], [1e300]])
    with pytest.raises(DataError, match="wanted numbers that float32 can hold, found variable 0"):
        gauss.fit(B, sample(x, dtype="float64"), "float64")


@pytest.mark.parametrize(("weights", "total"), [([1, 1, -2, 0], "0"), ([1, 1, 1, -4], "-1")])
def test_events_to_fit_on_whose_weights_add_up_to_0_or_less_are_refused(weights, total):
    x = np.arange(5, dtype="float32")[:, None]
    some = sample(x, weights=[*weights, 9])._replace(rows=np.arange(4))  # the last is not fitted on
    message = f"wanted events whose weights add up to more than 0, found {total}$"
    with pytest.raises(DataError, match=message):
        gauss.fit(B, some, "float32")


def test_weights_that_leave_nothing_to_cumulate_are_refused():
    x = np.arange(4, dtype="float32")[:, None]
    with pytest.raises(DataError, match="wanted bins that weigh more than 0, found variable 0"):
        gauss.fit(B, sample(x, weights=[-1, -1, -1, 5]), "float32")
