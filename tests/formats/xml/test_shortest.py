"""Decimals as they are written: against exact rational arithmetic, and against Python's `repr`."""

from fractions import Fraction

import numpy as np
import pytest

from netspec.formats.xml.shortest import tokens

POWERS = [10.0**k for k in range(-46, 39)]


def random_bits(dtype, count, seed=1):
    """Draw any bits at all: every exponent, infinities and NaN included."""
    draw = np.random.Generator(np.random.PCG64(seed))
    return np.frombuffer(draw.bytes(count * np.dtype(dtype).itemsize), dtype)


def shortest_by_rationals(value):
    """Find the digits and exponent of a positive float32 by the definition, with no rounding."""
    x = Fraction(float(value))
    below = Fraction(float(np.nextafter(value, np.float32(0))))
    above = np.nextafter(value, np.float32(np.inf))
    above = Fraction(float(above)) if np.isfinite(above) else 2 * x - below
    low, high = (x + below) / 2, (x + above) / 2
    even = int(value.view(np.uint32)) % 2 == 0
    exponent = len(str(int(x))) - 1 if x >= 1 else -len(str(int(1 / x)))
    exponent += (x >= Fraction(10) ** (exponent + 1)) - (x < Fraction(10) ** exponent)
    for length in range(1, 10):
        unit = Fraction(10) ** (exponent - length + 1)
        near = x // unit
        inside = [
            n
            for n in (near, near + 1)
            if (low <= n * unit <= high if even else low < n * unit < high)
        ]
        if inside:
            best = min(inside, key=lambda n: (abs(n * unit - x), n % 2))
            digits = str(best)
            return digits.rstrip("0"), exponent + len(digits) - length
    raise AssertionError


def laid_out(digits, exponent):
    """Put digits and exponent into the written form, as the rules say it."""
    if -4 <= exponent < 16:
        if exponent < 0:
            return "0." + "0" * (-exponent - 1) + digits
        digits = digits.ljust(exponent + 1, "0")
        return digits[: exponent + 1] + "." + (digits[exponent + 1 :] or "0")
    point = "." if len(digits) > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{exponent:+03d}"


@pytest.mark.parametrize(
    "values",
    [
        np.abs(random_bits(np.float32, 1500)),
        np.float32(10.0) ** np.random.default_rng(2).uniform(-6, 10, 1500).astype(np.float32),
        (np.random.default_rng(3).integers(1, 10**7, 1500) / 1e6).astype(np.float32),
        np.array([2.0**k for k in range(-149, 128)], np.float32),
        np.nextafter(np.array(POWERS, np.float32), np.float32(np.inf)),
        np.nextafter(np.array(POWERS, np.float32), np.float32(0)),
        np.array(POWERS, np.float32),
        np.arange(1, 1500, dtype=np.float32) / 64,
    ],
    ids=[
        "bits",
        "spread",
        "short",
        "powers_of_2",
        "above_10",
        "below_10",
        "powers_of_10",
        "dyadic",
    ],
)
def test_a_float32_is_written_with_the_digits_that_rational_arithmetic_finds(values):
    values = values[np.isfinite(values) & (values > 0)]
    expected = [laid_out(*shortest_by_rationals(value)) for value in values]
    assert [text.decode() for text in tokens(values)] == expected


def test_digits_found_in_blocks_are_those_found_one_by_one():
    draw = np.random.default_rng(4)
    values = np.concatenate(
        [
            (draw.standard_normal(60_000) * 0.05).astype(np.float32),
            (10 ** draw.uniform(-5, 10, 40_000)).astype(np.float32),
            np.round(draw.uniform(-100, 100, 40_000), 3).astype(np.float32),
        ]
    )
    assert tokens(values) == [repr(float(str(value))).encode() for value in values]


def test_a_float64_is_written_as_repr_writes_it():
    values = random_bits(np.float64, 5000)
    values = values[np.isfinite(values)]
    assert tokens(values) == [repr(float(value)).encode() for value in values]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zeros_and_infinities_have_a_sign(dtype):
    values = np.array([0.0, -0.0, np.inf, -np.inf], dtype)
    assert tokens(values) == [b"0.0", b"-0.0", b"inf", b"-inf"]


def test_a_nan_that_is_not_the_canonical_one_shows_its_bits():
    single = np.array([0x7FC00000, 0x7FC00001, 0xFFC00000, 0x7F800001], np.uint32)
    double = np.array([0x7FF8000000000000, 0xFFF0000000000001], np.uint64)
    assert tokens(single.view(np.float32)) == [
        b"nan",
        b"nan:7fc00001",
        b"nan:ffc00000",
        b"nan:7f800001",
    ]
    assert tokens(double.view(np.float64)) == [b"nan", b"nan:fff0000000000001"]


def test_the_layout_turns_to_an_exponent_where_the_rules_say():
    values = np.array([1e-4, 9.9e-5, 1e-5, 1.5e15, 1e16, 1.5e16, 3.4028235e38, 1e-45], np.float32)
    assert tokens(values) == [
        b"0.0001",
        b"9.9e-05",
        b"1e-05",
        b"1500000000000000.0",
        b"1e+16",
        b"1.5e+16",
        b"3.4028235e+38",
        b"1e-45",
    ]


def test_whole_numbers_are_written_as_such():
    assert tokens(np.array([0, -3, 2**62], np.int64)) == [b"0", b"-3", str(2**62).encode()]
    assert tokens(np.array([], np.float32)) == tokens(np.array([], np.float64)) == []
