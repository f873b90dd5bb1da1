"""The inverse of the error function against 50 digits, the C library's erf, and itself."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from netspec.layers.quantile import erfinv

EPS = 2.0**-52
KNOWN = [  # as `make_quantiles.py` prints them
    (1e-300, 8.8622692545275803586e-301),
    (1e-09, 8.8622692545275806908e-10),
    (0.001, 0.00088622715746655212301),
    (0.1, 0.088855990494257691974),
    (0.25, 0.22531205501217810473),
    (0.5, 0.47693627620446987338),
    (0.7, 0.73286907795921678488),
    (0.849999, 1.0178999672061093914),
    (0.85, 1.0179024648320275882),
    (0.8500001, 1.0179027145953180268),
    (0.9, 1.1630871536766741628),
    (0.95, 1.3859038243496776766),
    (0.99, 1.8213863677184494559),
    (0.999, 2.3267537655135244939),
    (0.9999, 2.7510639057120796917),
    (0.999999, 3.4589107372754987775),
    (0.9999999, 3.7665625816384708887),
    (0.99999999, 4.0522372432687633554),
    (0.9999999999, 4.5728249585449249378),
    (0.999999999973, 4.7107940220247046803),
]


def of(b, *u):
    with b.computing():
        return b.numpy(erfinv(b, b.array(np.array(u, "float64")))).tolist()


@pytest.mark.parametrize(("u", "w"), KNOWN)
def test_it_is_the_one_of_50_digits_to_a_few_units(u, w, b):
    # What is lost of 1 - u, or of its logarithm, is no more than the last digits of u itself.
    assert of(b, u, -u) == pytest.approx([w, -w], rel=6 * EPS, abs=0)


def test_the_error_function_undoes_it(b):
    u = np.random.default_rng(1).uniform(-1, 1, 3000) * (1 - 1e-8)
    for one, w in zip(u.tolist(), of(b, *u), strict=True):
        assert math.erf(w) == pytest.approx(one, rel=8 * EPS, abs=2 * EPS)


def test_it_is_pythons_normal_quantile_where_a_share_says_as_much(b):
    shares = np.random.default_rng(2).uniform(0.001, 0.999, 500)
    found = np.array(of(b, *(2 * shares - 1))) * math.sqrt(2)
    wanted = [NormalDist().inv_cdf(share) for share in shares.tolist()]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


def test_it_rises_where_one_range_ends_and_is_odd(b):
    u = [0.85]
    for _ in range(2000):
        u.append(math.nextafter(u[-1], 1))
        u.insert(0, math.nextafter(u[0], 0))
    found = np.array(of(b, *u))
    assert (np.diff(found) >= -2 * EPS).all()
    assert of(b, *(-v for v in u)) == (-found).tolist()
    assert of(b, 0.0) == [0.0]
    assert math.isnan(of(b, math.nan)[0])
