"""The text of options: JSON that XML can hold."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from netspec.formats.xml import options

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_plain_data_come_back_and_xml_can_hold_their_text(value):
    text = options.write(value)
    assert options.read(text) == value
    assert json.loads(text) == value
    etree.Element("option").text = text  # lxml refuses what XML cannot hold


def test_text_is_compact_and_readable():
    assert options.write({"name": "η <&>", "x": [1, 2.5, None, True]}) == (
        '{"name":"η <&>","x":[1,2.5,null,true]}'
    )
    assert options.write("\ud800\uffff\x01\x7f") == '"\\ud800\\uffff\\u0001\x7f"'


def test_infinity_is_no_option():
    with pytest.raises(ValueError, match="JSON compliant"):
        options.write(float("inf"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wanted JSON, found ''"),
        ("{'a': 1}", "wanted JSON, found"),
        ("1 2", "wanted JSON, found '1 2'"),
        ("Infinity", "wanted a finite number, found Infinity"),
        ("-1e999", "wanted a finite number, found -1e999"),
        ('{"a":1,"a":1}', "wanted each key once"),
        ("[" * 65 + "]" * 65, "more than 64 deep"),
        ("[" * (10 * sys.getrecursionlimit()), "brackets too deep"),
    ],
)
def test_what_is_no_option_is_refused(text, reason):
    with pytest.raises(ValueError, match=reason):
        options.read(text)


def test_64_brackets_are_deep_enough():
    assert options.read("[" * 63 + "1" + "]" * 63) is not None
