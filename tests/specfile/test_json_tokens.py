"""JSON: real JSON only, with positions."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.errors import Place, SpecError
from netspec.specfile import KEY, parse

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="$"), max_size=8)
numbers = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text.encode(), name="jets.json")
    return str(caught.value)


@given(st.dictionaries(words.filter(lambda word: word not in ("define", "netspec")), values))
def test_the_data_are_what_python_reads(data):
    text = json.dumps(data, indent="\t")
    assert parse(text.encode(), format="json").data == json.loads(text)


def test_every_value_and_every_key_has_its_place():
    document = parse(b'{\n\t"a": [1,\n  {"b\\"": "\\u00e9"}]}', name="jets.json")
    assert document.data == {"a": [1, {'b"': "é"}]}
    assert document.place(("a", KEY)) == Place("jets.json", 2, 2)
    assert document.place(("a", 1)) == Place("jets.json", 3, 3)
    assert document.place(("a", 1, 'b"')) == Place("jets.json", 3, 11)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1,\n "a": 2}', "jets.json:2:2: a: the key comes twice, first at jets.json:1:2"),
        ('{"a": NaN}', "jets.json:1:7: a: wanted a finite number, found nan"),
        ('{"a": -Infinity}', "jets.json:1:7: a: wanted a finite number, found -inf"),
        ('{"a": [1e999]}', "jets.json:1:8: a.0: wanted a finite number, found inf"),
        ('{"a": 18446744073709551616}', "jets.json:1:7: a: wanted a number below 2^64"),
        (f'{{"a": {"9" * 100_000}}}', "jets.json:1:7: a: wanted a finite number"),
        ('{"a": "\\ud800"}', "jets.json:1:7: a: wanted Unicode text"),
        ('{"a" 1}', "jets.json:1:6: this is not JSON: Expecting ':' delimiter"),
        ("{a: 1}", "jets.json:1:2: this is not JSON"),
        ("{'a': 1}", "this is not JSON"),
        ('{"a": 1,}', "this is not JSON"),
        ('{"a": 1} # no', "this is not JSON"),
        ('{"a": "open', "this is not JSON"),
        ("[1]", "jets.json:1:1: wanted options and their values"),
        ('{"a": ' + "[" * 3000, "jets.json:1:70: brackets go more than 64 deep"),
        ('{"a": ' * 3000, "brackets go more than 64 deep"),
    ],
)
def test_what_is_not_json_is_refused_in_one_sentence(text, sentence):
    found = refusal(text)
    assert sentence in found
    assert "\n" not in found


def test_brackets_in_text_do_not_count():
    assert parse(b'{"a": "' + b"[" * 3000 + b'"}', format="json").data["a"] == "[" * 3000


@pytest.mark.parametrize(
    "text", ['{"a": "' + '\\"' * 50_000, '"' * 50_000, '{"a": ' + "-" * 50_000]
)
def test_what_is_never_closed_is_looked_at_once(text):
    start = time.process_time()
    assert "this is not JSON" in refusal(text)
    assert time.process_time() - start < 5


def test_of_very_many_problems_the_first_fifty_are_said():
    lines = refusal("{" + '"a": 1, ' * 5000 + '"b": 1}').splitlines()
    assert len(lines) == 51
    assert lines[-1].endswith("and more")


def test_the_line_that_tells_editors_the_schema_is_no_option():
    assert parse(b'{"$schema": "network.schema.json", "name": "a"}', format="json").data == {
        "name": "a"
    }
