"""Elementary functions against the C library's, rational numbers and the normal distribution."""

import math
from fractions import Fraction

import numpy as np
import pytest

from netspec.elementary import cosine, logarithm, normal_quantile, power

G = np.random.Generator(np.random.PCG64(8))
EPS = 2.0**-52


@pytest.mark.parametrize("base", [0.9, 0.999, 0.5, 0.1, 1.5, 0.0])
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 17, 100, 1000])
def test_a_power_is_the_exact_one_within_a_rounding_a_squaring(base, exponent):
    exact = Fraction(base) ** exponent
    error = abs(Fraction(power(base, exponent)) - exact)
    assert error <= exact * Fraction(EPS) * 2 * max(exponent, 1) + Fraction(5e-324)


def test_a_power_that_is_too_small_is_zero():
    assert power(0.9, 2**31) == 0.0


def test_a_cosine_is_the_c_librarys():
    for part in [*G.random(5000).tolist(), 0.25, 0.75, 0.24999999, 0.25000001, 1e-9, 1 - 1e-9]:
        # The product with pi is rounded, by up to 2.3e-16, before the C library sees it.
        assert abs(cosine(part) - math.cos(math.pi * part)) < 5e-16, part


def test_a_cosine_falls_all_the_way_and_is_odd_about_its_middle():
    values = [cosine(k / 1024) for k in range(1025)]
    assert values == sorted(values, reverse=True)
    assert values[::-1] == [-value for value in values]
    assert (values[0], values[512], values[1024]) == (1, 0, -1)


@pytest.mark.parametrize("spread", [1e-12, 1e-6, 0.1, 2.0, 300.0])
def test_a_logarithm_is_the_c_librarys_within_two_units(spread):
    x = np.exp(spread * (2 * G.random(4000) - 1))
    x = x[x != 1]
    wanted = np.array([math.log(number) for number in x])
    assert np.all(np.abs(logarithm(x) - wanted) <= 2 * EPS * np.abs(wanted))


def test_the_logarithm_of_one_is_zero_and_of_the_smallest_number_its_own():
    assert logarithm(np.array([1.0])).tolist() == [0.0]
    assert logarithm(np.array([5e-324]))[0] == pytest.approx(math.log(5e-324), rel=1e-15)


def below(z):
    """Give the share of a normal distribution below z, from the C library's error function."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def test_a_quantile_has_its_share_below_it():
    shares = [*G.random(4000), *10.0 ** G.uniform(-16, -1, 2000), 2.0**-53, 0.075, 0.925]
    for p, z in zip(shares, normal_quantile(np.array(shares)), strict=True):
        # An error of z is one of its share times density / share, about |z| of it in the tail.
        assert below(z) == pytest.approx(p, rel=4e-15 * (1 + z * z)), p


def test_quantiles_rise_and_are_odd_about_one_half():
    p = (2 * np.arange(4096) + 1) / 8192
    z = normal_quantile(p)
    assert np.all(np.diff(z) > 0)
    assert np.array_equal(z[::-1], -z)
    assert normal_quantile(np.array([0.5])).tolist() == [0.0]


def test_these_bits_are_meant_for_ever():
    p = np.array([1e-10, 0.01, 0.3, 0.6, 0.97])
    assert [float(z).hex() for z in normal_quantile(p)] == QUANTILES
    assert [float(z).hex() for z in logarithm(p)] == LOGARITHMS
    assert [cosine(part).hex() for part in (0.1, 0.4, 0.7)] == COSINES


QUANTILES = [
    "-0x1.97203597a2154p+2",
    "-0x1.29c5c4630ff0ep+1",
    "-0x1.0c7e39582c5fap-1",
    "0x1.036d6c4a04b59p-2",
    "0x1.e17bb09d8913ep+0",
]
LOGARITHMS = [
    "-0x1.7069e2aa2aa5bp+4",
    "-0x1.26bb1bbb55516p+2",
    "-0x1.34378fcbda721p+0",
    "-0x1.058aefa811452p-1",
    "-0x1.f30b2d0091d8ap-6",
]
COSINES = [
    "0x1.e6f0e134454ffp-1",
    "0x1.3c6ef372fe94ep-2",
    "-0x1.2cf2304755a5dp-1",
]
