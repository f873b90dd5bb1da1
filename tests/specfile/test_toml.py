"""TOML: no positions but in syntax errors; the key's path instead."""

from __future__ import annotations

import time

import pytest

from netspec.errors import Place, SpecError
from netspec.specfile import parse


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse(text.encode(), name="jets.toml")
    return str(caught.value)


def test_the_same_spec_in_toml_and_yaml_is_the_same_data():
    toml = b'name = "jets"\n[input]\nsteps = 10\n[[layers]]\ntype = "lstm"\nunits = 1e1\n'
    yaml = b"name: jets\ninput: {steps: 10}\nlayers: [{type: lstm, units: 1e1}]\n"
    assert parse(toml, format="toml").data == parse(yaml).data


def test_errors_name_the_path_of_the_key():
    document = parse(b"[input]\nsteps = 10\n", name="jets.toml")
    assert document.place(("input", "steps")) == Place("jets.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = \nb = 1", "jets.toml:1:5: this is not TOML"),
        ("a = 1\na = 2", "jets.toml:2:6: this is not TOML: Cannot overwrite a value"),
        ("a = nan", "jets.toml: a: wanted a finite number, found nan"),
        ("a = [1, inf]", "jets.toml: a.1: wanted a finite number, found inf"),
        ("a = 2026-01-01", "jets.toml: a: wanted text or a number, found a date or time"),
        ("a = 12:30:00", "jets.toml: a: wanted text or a number, found a date or time"),
        ("a = " + "[" * 3000, "jets.toml:1: brackets or keys go more than 64 deep"),
        (".".join("a" * 3000) + " = 1", "more than 64 deep"),
        ("[" + ".".join("a" * 3000) + "]", "more than 64 deep"),
        (f"a = {'9' * 100_000}", "jets.toml: wanted numbers below 2^64"),
        ("a = 18446744073709551616", "jets.toml: a: wanted a number below 2^64"),
    ],
)
def test_what_a_spec_cannot_be_is_refused_in_one_sentence(text, sentence):
    found = refusal(text)
    assert sentence in found
    assert "\n" not in found


def test_brackets_in_text_and_comments_do_not_count():
    text = f'a = \'{"[" * 100}\' # {"[" * 100}\nb = "\\"{"[" * 100}"\n'
    assert parse(text.encode(), format="toml").data == {"a": "[" * 100, "b": '"' + "[" * 100}


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 50_000 + "=1",
        "'a'.\"b\" . " * 50_000,
        "a = " + "1_" * 50_000 + "1",
        'a = "' + '\\"' * 50_000,
        'a = """' + '"\n' * 50_000,
    ],
)
def test_what_is_very_long_is_looked_at_once(text):
    start = time.process_time()
    assert len(refusal(text).splitlines()) == 1
    assert time.process_time() - start < 5


def test_brackets_in_texts_of_several_lines_do_not_count():
    text = f"a = \"\"\"\n{'[' * 100}\n\"\"\"\nb = '''{'{' * 100}\n'''\n"
    assert parse(text.encode(), format="toml").data == {
        "a": "[" * 100 + "\n",
        "b": "{" * 100 + "\n",
    }


def test_thousands_of_digits_are_said_in_words_of_a_spec():
    with pytest.raises(SpecError, match=r"^<spec>: wanted numbers below 2\^64, found one of"):
        parse(b"seed = 1" + b"0" * 5000, format="toml")
