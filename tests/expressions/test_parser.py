"""What is an expression, and what is said of a text that is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.errors import DataError
from netspec.expressions import parse
from netspec.expressions.tree import Name, Number

FAULTS = {
    "": "'': column 1: wanted a number, a name or a bracket, found the end",
    "x +": "'x +': column 4: wanted a number, a name or a bracket, found the end",
    "x y": "'x y': column 3: wanted an operator or the end, found 'y'",
    "(x": "'(x': column 3: wanted ')', found the end",
    "x)": "'x)': column 2: wanted an operator or the end, found ')'",
    "x ? 1": "'x ? 1': column 6: wanted ':', found the end",
    "x[y]": "'x[y]': column 3: wanted a whole number as an index, found 'y'",
    "x[1.5]": "'x[1.5]': column 3: wanted a whole number as an index, found '1.5'",
    "x[1": "'x[1': column 4: wanted ']', found the end",
    "x.": "'x.': column 3: wanted the name of a member, found the end",
    "1.5f": "'1.5f': column 4: wanted the end of a number, found 'f'",
    "2x + y": "'2x + y': column 2: wanted the end of a number, found 'x'",
    "1_000": "'1_000': column 2: wanted the end of a number, found '_'",
    "a $ b": "'a $ b': column 3: wanted a number, a name or a sign, found '$'",
    "x & y": "'x & y': column 3: wanted a number, a name or a sign, found '&'",
    "__import__('os')": 'column 12: wanted a number, a name or a sign, found "\'"',
    "sqr(x)": "'sqr(x)': column 1: there is no function 'sqr', did you mean 'sqrt'?",
    "1 + TMath::Sqr(x)": "column 5: there is no function 'TMath::Sqr', did you mean 'TMath::Sqrt'?",
    "pow(x)": "'pow(x)': column 1: pow: wanted 2 arguments, found 1",
    "sqrt(x, 2)": "'sqrt(x, 2)': column 1: sqrt: wanted 1 argument, found 2",
    "pow(x,)": "'pow(x,)': column 7: wanted a number, a name or a bracket, found ')'",
    "Sum$(2*x)": "'Sum$(2*x)': column 6: wanted the name of an array, found '2'",
    "Summ$(x)": "there is no 'Summ$', did you mean 'Sum$'?",
    "2^3^2": "column 4: wanted brackets that say which power goes first",
    "1 < x < 2": "column 7: wanted brackets that say whether < or < goes first",
    "x > 0 == 1": "column 7: wanted brackets that say whether > or == goes first",
    "!x == y": "column 4: wanted brackets that say whether ! or == goes first",
    "!x^2": "column 3: wanted brackets that say whether ! or ^ goes first",
    "1 + -!x**y": "column 8: wanted brackets that say whether ! or ** goes first",
    "x % 2 * 3": "column 7: wanted brackets that say whether % or * goes first",
    "x + ٣": "column 5: wanted a number, a name or a sign, found '٣'",
    "x[٣]": "column 3: wanted a number, a name or a sign, found '٣'",
    "1 + 1e309": "column 5: wanted a number below 1.8e308, found a larger one",
    "0x" + 300 * "f": "column 1: wanted a number below 1.8e308, found a larger one",
    "x[1234567890]": "column 3: wanted an index of at most 9 digits, found '1234567890'",
    "x[" + 5000 * "9" + "]": "column 3: wanted an index of at most 9 digits, found '9",
    "TMath::Pi(1)": "column 1: TMath::Pi: wanted 0 arguments, found 1",
    "x = 1": "column 3: wanted a number, a name or a sign, found '='",
}


def test_a_constant_of_tmath_has_brackets_and_pi_has_none():
    assert parse("TMath::Pi()") == parse("pi") == Number(3.141592653589793)
    assert parse("TMath::Pi") == Name("TMath::Pi")  # which no event holds


@pytest.mark.parametrize("text", FAULTS)
def test_what_is_wrong_is_one_sentence_with_its_column(text):
    with pytest.raises(DataError) as caught:
        parse(text)
    assert FAULTS[text] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["(" * 10_000, "(" * 200 + "x" + ")" * 200, "sqrt(" * 300])
def test_brackets_have_a_bottom(text):
    with pytest.raises(DataError, match=r"wanted at most 40 levels of brackets"):
        parse(text)


@pytest.mark.parametrize("text", ["+".join("x" * 400), "-" * 400 + "x", "x?1:" * 300 + "2"])
def test_a_row_of_operators_has_an_end(text):
    with pytest.raises(DataError, match="wanted at most"):
        parse(text)


def test_a_text_has_a_longest():
    with pytest.raises(DataError, match=r"wanted an expression of at most 10000 characters"):
        parse("x" * 10_001)


def test_a_long_sum_is_fine():
    assert len(parse("+".join(f"v{k}" for k in range(150)))) == 3


@given(st.text(alphabet="xy01.[]()+-*/%^<>=!&|?:, $abs", max_size=30))
def test_any_text_is_a_tree_or_an_error_of_its_own(text):
    with suppress(DataError):
        parse(text)
