"""From data to text and back: YAML, JSON, TOML."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from netspec.errors import SpecError
from netspec.specfile import parse, write

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
hard = st.sampled_from(
    ["yes", "no", "null", "~", "1e3", "0x1", ".inf", "-", "a: b", "#", "${x}", "$${x}", "$$${", ""]
)
texts = words | hard
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
keys = texts.filter(lambda word: word not in ("$schema", "define", "netspec"))
specs = st.dictionaries(keys, values, min_size=1, max_size=4)

SPEC = {
    "netspec": 1,
    "input": {"steps": 10, "features": 30},
    "layers": [{"type": "lstm", "units": 10}, {"type": "dense", "units": 1, "bias": False}],
    "training": {"optimizer": {"type": "adam", "learning_rate": 1e-7}, "validation": 0.2},
}


@pytest.mark.parametrize("format", ["yaml", "json", "toml"])
@given(data=specs)
def test_what_is_written_reads_back_as_it_was(format, data):
    text = write(data, format)
    again = parse(text.encode(), format=format).data
    assert again == data
    assert json.dumps(again, sort_keys=True) == json.dumps(data, sort_keys=True)  # 1 is not 1.0


@given(specs)
def test_other_readers_find_the_same_data(data):
    data = json.loads(json.dumps(data).replace("$", "S"))
    assert json.loads(write(data, "json")) == data
    assert tomllib.loads(write(data, "toml")) == data


def test_yaml_is_pretty_and_tells_editors_the_schema():
    text = write(SPEC, "yaml")
    assert text == (
        "# yaml-language-server: $schema=../schemas/network.schema.json\n"
        "netspec: 1\n"
        "input: {steps: 10, features: 30}\n"
        "layers:\n"
        "  - {type: lstm, units: 10}\n"
        "  - {type: dense, units: 1, bias: false}\n"
        "training: {optimizer: {type: adam, learning_rate: 1e-07}, validation: 0.2}\n"
    )
    assert YAML(typ="safe").load(text) == SPEC


def test_toml_has_a_table_for_each_layer():
    assert write(SPEC, "toml") == (
        "netspec = 1\n"
        "\n[input]\nsteps = 10\nfeatures = 30\n"
        '\n[[layers]]\ntype = "lstm"\nunits = 10\n'
        '\n[[layers]]\ntype = "dense"\nunits = 1\nbias = false\n'
        '\n[training]\noptimizer = {type = "adam", learning_rate = 1e-07}\nvalidation = 0.2\n'
    )


def test_nothing_is_written_where_the_language_has_a_word_for_it():
    data = {"training": None, "input": {"steps": None, "shape": [1, None]}}
    assert parse(write(data, "yaml").encode()).data == data
    assert json.loads(write(data, "json")) == data
    del data["input"]["shape"]
    assert tomllib.loads(write(data, "toml")) == {"input": {}}
    with pytest.raises(SpecError, match="TOML cannot say an empty value"):
        write({"a": [1, None]}, "toml")


@pytest.mark.parametrize("format", ["yaml", "json", "toml"])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_not_written(format, number):
    with pytest.raises(SpecError, match="wanted a finite number"):
        write({"a": [number]}, format)
