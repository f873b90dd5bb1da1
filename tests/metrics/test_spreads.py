"""Calibration, residuals and spreads of scores beside plain loops over the events, and by hand."""

from __future__ import annotations

from math import sqrt

import numpy
import pytest

from netspec import metrics
from netspec.metrics import Sample
from netspec.metrics.scores import distance
from tests.metrics.samples import classes, numbers, score, targets
from tests.metrics.test_metrics import both, near, of, rows


@both
@pytest.mark.parametrize("draw", [score, classes])
def test_calibration_is_the_mean_distance_of_bins(draw, weighted):
    sample = draw(weighted=weighted)
    bins = {}
    for y, t, w in rows(sample):
        p = y[0] if draw is score else max(y)
        right = t[0] if draw is score else float(y.index(max(y)) == t.index(1))
        bins.setdefault(min(9, int(p * 10)), []).append((p, right, w))
    error, whole = 0.0, sample.w.sum()
    found = of("calibration", sample).data
    for n, key in enumerate(sorted(bins)):
        weight = sum(w for *_, w in bins[key])
        p = sum(p * w for p, _, w in bins[key]) / weight
        a = sum(r * w for _, r, w in bins[key]) / weight
        assert found["bins"]["probability"][n] == near(p)
        assert found["bins"]["part"][n] == near(a)
        assert found["bins"]["from"][n] == near(key / 10)
        error += weight / whole * abs(a - p)
    assert found["error"] == near(error, rel=1e-9)
    assert len(found["bins"]["part"]) == len(bins)


def test_probabilities_of_0_and_1_have_their_bins():
    sample = Sample(numpy.array([[0.0], [1.0], [0.95]]), numpy.array([[0.0], [1.0], [0.95]]))
    found = of("calibration", sample).data
    assert found["error"] == 0
    assert found["bins"]["from"] == [0.0, 0.9], "1 is in the last bin, with 0.95"
    assert found["bins"]["weight"] == [1, 2]
    assert not metrics.known()["calibration"].applies(score(probabilities=False))


@both
def test_residuals_are_plain_sums(weighted):
    sample = targets(weighted=weighted)
    found = of("residuals", sample).data["targets"]
    whole = sum(w for *_, w in rows(sample))
    for k, name in enumerate(("E", "pt")):
        r = sorted((y[k] - t[k], w) for y, t, w in rows(sample))
        mean = sum(t[k] * w for _, t, w in rows(sample)) / whole
        spread = sum((t[k] - mean) ** 2 * w for _, t, w in rows(sample))
        row = found[name]
        assert row["bias"] == near(sum(d * w for d, w in r) / whole)
        assert row["mae"] == near(sum(abs(d) * w for d, w in r) / whole)
        assert row["rms"] == near(sqrt(sum(d * d * w for d, w in r) / whole))
        assert row["r2"] == near(1 - sum(d * d * w for d, w in r) / spread)
        for q, quantile in zip((0.023, 0.159, 0.5, 0.841, 0.977), row["quantiles"], strict=True):
            below = 0.0
            for d, w in r:
                below += w
                if below >= q * whole * (1 - 1e-12):
                    assert quantile == near(d)
                    break
        assert sum(row["counts"]) == near(whole)


def test_residuals_of_targets_that_are_all_the_same():
    sample = Sample(numpy.ones((3, 1)), numpy.ones((3, 1)), of_classes=False)
    row = of("residuals", sample).data["targets"]["0"]
    assert (row["bias"], row["rms"], row["r2"]) == (0, 0, None)


@both
def test_spreads_have_area_1_and_their_distance_is_that_of_the_sorted_scores(weighted):
    sample, training = score(200, weighted=weighted), score(100, 50)
    found = of("scores", sample, training).data
    width = found["edges"][1] - found["edges"][0]
    for name, true in (("Signal", 1.0), ("Background", 0.0)):
        row = found["classes"][name]
        assert sum(row["density"]) * width == near(1)
        assert sum(row["training"]) * width == near(1)
        parts = [[(y[0], w) for y, t, w in rows(s) if t[0] == true] for s in (sample, training)]
        gap = 0.0
        for cut, _ in parts[0] + parts[1]:
            a, b = (sum(w for y, w in p if y <= cut) / sum(w for _, w in p) for p in parts)
            gap = max(gap, abs(a - b))
        assert row["distance"] == near(gap, rel=1e-9)
    assert found["edges"][0] == min(sample.y.min(), training.y.min())


def test_the_distance_of_a_sample_to_itself_is_0_and_to_a_stranger_1():
    a, w = numbers(20), numpy.ones(20)
    assert distance(a, w, a, w) == near(0, abs=1e-15)
    assert distance(a, w, a + 2, w) == near(1)
