"""Decimals as they are read: one rounding, and nothing that is no number."""

import time
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.formats.xml.decimals import parse

pytestmark = pytest.mark.usefixtures("way")

SINGLE, DOUBLE, WHOLE = np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.int64)


def nearest_float32(exact):
    """Round a rational once, to nearest, ties to even, by looking at the neighbours."""
    near = np.float32(float(exact))
    candidates = [np.nextafter(near, np.float32(s)) for s in (-np.inf, np.inf)] + [near]
    return min(
        (c for c in candidates if np.isfinite(c)),
        key=lambda c: (abs(Fraction(float(c)) - exact), int(c.view(np.uint32)) % 2),
    )


def written_out(exact):
    """Write a rational whose denominator is a power of two or ten as a full decimal."""
    with localcontext() as context:
        context.prec = 400
        return str(Decimal(exact.numerator) / Decimal(exact.denominator))


@given(
    st.integers(0, 0x7F7FFFFE),
    st.sampled_from([0, 1, -1]),
    st.sampled_from([20, 30, 100]),
    st.booleans(),
)
def test_a_decimal_beside_the_middle_of_two_float32_is_rounded_once(bits, side, digits, negative):
    lower, upper = np.array([bits, bits + 1], np.uint32).view(np.float32)
    middle = (Fraction(float(lower)) + Fraction(float(upper))) / 2
    exact = middle * (1 + side * Fraction(1, 10**digits)) * (-1 if negative else 1)
    text = written_out(exact)
    (found,) = parse(text, 1, SINGLE)
    assert found == nearest_float32(Fraction(text))


def test_rounding_twice_would_have_given_another_number():
    text = "1.00000017881393432"
    assert np.float32(float(text)) == np.float32("1.0000002")  # what must not happen
    assert parse(text, 1, SINGLE)[0] == np.float32("1.0000001")


def test_the_largest_float32_reaches_up_to_the_middle_beyond_it():
    middle = 2**128 - 2**103
    assert parse(str(middle - 1), 1, SINGLE)[0] == np.finfo(np.float32).max
    assert parse(str(1 - middle), 1, SINGLE)[0] == np.finfo(np.float32).min
    with pytest.raises(ValueError, match="number 1 is '34028"):
        parse(str(middle), 1, SINGLE)


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
def test_too_small_a_decimal_is_a_zero_of_its_sign(dtype):
    found = parse("1e-400 -1e-400 -0 0.0000", 4, dtype)
    assert found.tolist() == [0, 0, 0, 0]
    assert np.signbit(found).tolist() == [False, True, True, False]


@given(st.lists(st.floats(width=64, allow_nan=False, allow_infinity=False), max_size=20))
def test_a_float64_is_what_python_reads(values):
    text = "  \n".join(f"{value:.25e}" for value in values)
    assert parse(text, len(values), DOUBLE).tolist() == values


def test_other_forms_of_a_number_are_read_too():
    assert parse("+1 .5 5. 1E2 1e+2\t-1e-2\r\n+inf -inf", 8, DOUBLE).tolist() == [
        *(1, 0.5, 5, 100, 100, -0.01),
        *(np.inf, -np.inf),
    ]
    assert parse("+1 -2 3", 3, WHOLE).tolist() == [1, -2, 3]


def test_a_nan_keeps_its_bits():
    found = parse("nan nan:7fc00001 nan:ff800001 1", 4, SINGLE)
    assert [hex(bits) for bits in found.view(np.uint32)] == [
        "0x7fc00000",
        "0x7fc00001",
        "0xff800001",
        "0x3f800000",
    ]


@pytest.mark.parametrize(
    "word",
    [
        *("1_0", "infinity", "Inf", "NaN", "-nan", "nan:", "nan:7fc0000", "nan:7fc000000"),
        *("nan:3f800000", "nan:7f800000", "nan:7FC00001", "0x1p3", "1,5", "1e", "--1", "e5", "."),
        *("1e39", "-1e39", "\u0661", "1\u00a02", "x" * 100, "1" * 5000 + "x"),
    ],
)
def test_what_is_no_float32_is_refused(word):
    with pytest.raises(ValueError, match=r"number 2 is|no number") as caught:
        parse(f"1 {word} 3", 3, SINGLE)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("word", ["1.0", "1e3", "9223372036854775808", "1" * 5000, "nan", "1_0"])
def test_what_is_no_whole_number_is_refused(word):
    with pytest.raises(ValueError, match="number 1 is"):
        parse(f"{word} 1", 2, WHOLE)


def test_zeros_in_front_of_a_whole_number_change_nothing():
    zeros = "0" * 5000
    assert parse(f"{zeros} -{zeros}12 +0{2**63 - 1}", 3, WHOLE).tolist() == [0, -12, 2**63 - 1]
    assert parse(str(-(2**63)), 1, WHOLE)[0] == -(2**63)


@pytest.mark.parametrize("blank", ["\x0b", "\x0c", "\x1c", "\x1f", "\0"])
def test_only_four_characters_are_blanks(blank):
    for text in (f"1{blank}2 3", f"1 {blank}2", f"1{blank} 2"):
        with pytest.raises(ValueError, match=r"number [12] is .*, which is no float64"):
            parse(text, 2, DOUBLE)


def test_of_a_wrong_word_and_one_too_many_the_first_is_told():
    with pytest.raises(ValueError, match="number 2 is '1_0', which is no float32"):
        parse("1 1_0 3", 2, SINGLE)
    with pytest.raises(ValueError, match="wanted 2 numbers, found more"):
        parse("1 2 1_0", 2, SINGLE)


def test_a_million_digits_are_read_to_the_last():
    # Half way between 1 and the next float32, and a trifle more.
    middle = "1.000000059604644775390625" + "0" * 1_000_000
    assert parse(f"{middle} {middle}1 -{middle}1", 3, SINGLE).tolist() == [
        1,
        1 + 2.0**-23,
        -1 - 2.0**-23,
    ]


def test_too_few_and_too_many_numbers_are_refused():
    with pytest.raises(ValueError, match="wanted 3 numbers, found 2"):
        parse("1.0 2.0  ", 3, SINGLE)
    with pytest.raises(ValueError, match="wanted 1 numbers, found more"):
        parse("1 2", 1, SINGLE)
    with pytest.raises(ValueError, match="wanted 0 numbers, found more"):
        parse("1", 0, SINGLE)


def test_a_text_that_is_too_short_is_refused_before_memory_is_taken():
    with pytest.raises(ValueError, match=r"wanted 10{18} numbers, found 3 characters"):
        parse("1 2", 10**18, DOUBLE)


def test_a_number_longer_than_a_piece_is_one_number():
    long = "1." + "0" * (3 << 20) + "1"
    assert parse(f"2 {long} 3", 3, DOUBLE).tolist() == [2, 1, 3]
    many = " ".join(["0.1"] * 700_000)
    assert (parse(many, 700_000, SINGLE) == np.float32(0.1)).all()


@pytest.mark.parametrize("place", [0, 1, 77_777, 149_999])
def test_the_first_of_two_wrong_words_is_named_without_reading_word_by_word(place):
    words = ["1"] * 150_000
    words[-1] = words[place] = "1e999"
    start = time.process_time()
    with pytest.raises(ValueError, match=f"^number {place + 1} is '1e999', which is no float32$"):
        parse(" ".join(words), 150_000, SINGLE)
    assert time.process_time() - start < 1
