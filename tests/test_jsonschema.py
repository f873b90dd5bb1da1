"""The JSON Schema agrees with the classes it is made from."""

from __future__ import annotations

import json

import jsonschema as judge
import pytest

from netspec import NetworkSpec, jsonschema, resources
from netspec.errors import SpecError
from netspec.layers import Layer
from netspec.specfile import yaml_events
from netspec.specfile.builder import Builder

SCHEMA = json.loads(jsonschema.text())
VALIDATOR = judge.Draft202012Validator(SCHEMA)
BASE = {"input": {"steps": 4, "features": 3}, "layers": [{"type": "dense", "units": 1}]}


def test_the_file_in_the_package_is_what_the_classes_give():
    # The command that writes it anew stands in the README, under "Working on it".
    kept = resources.schema("network.schema.json").read_text(encoding="utf-8")
    assert kept == jsonschema.text()


def test_the_schema_is_a_schema():
    VALIDATOR.check_schema(SCHEMA)


@pytest.mark.parametrize("kind", sorted(Layer.kinds))
def test_the_examples_of_every_layer_pass(kind):
    cls = Layer.kinds[kind]
    for example in SCHEMA["$defs"][cls.__name__]["examples"]:
        assert example["type"] == kind
        assert not [*VALIDATOR.iter_errors(BASE | {"layers": [example]})]


def test_the_schemas_own_example_is_a_spec():
    (example,) = SCHEMA["examples"]
    assert not [*VALIDATOR.iter_errors(example)]
    assert NetworkSpec.from_data(example).output_shape == (1,)


@pytest.mark.parametrize("name", [n for n in resources.names("examples") if n.endswith(".yaml")])
def test_the_examples_in_the_package_pass(name):
    text = resources.example(name).read_text(encoding="utf-8")
    assert not [*VALIDATOR.iter_errors(yaml_events.read(text, name, Builder()))]


def test_everything_that_a_spec_writes_of_itself_passes():
    spec = NetworkSpec.from_data(BASE | {"training": {"optimizer": {"type": "sgd"}}})
    assert not [*VALIDATOR.iter_errors(spec.to_data())]
    assert not [*VALIDATOR.iter_errors(spec.to_data(defaults=True))]


def test_references_may_stand_for_any_value():
    spec = BASE | {
        "$schema": "network.schema.json",
        "define": {"width": 3, "head": {"type": "dense", "units": 1}},
        "layers": [{"type": "dense", "units": "${width}", "bias": "${bias}"}, "${head}"],
    }
    assert not [*VALIDATOR.iter_errors(spec)]


@pytest.mark.parametrize(
    "change",
    [
        {"layers": [{"type": "dense", "units": 0}]},
        {"layers": [{"type": "dense", "unitz": 1}]},
        {"layers": [{"type": "dense", "units": "ten"}]},
        {"layers": [{"type": "ltsm", "units": 1}]},
        {"layers": [{"units": 1}]},
        {"layers": [{"type": "dense", "units": 1, "activation": "tnah"}]},
        {"layers": []},
        {"input": 3},
        {"seed": -1},
        {"dtype": "float16"},
        {"netspec": 2},
        {"layerz": 1},
        {"training": {"epochs": 0}},
        {"training": {"optimizer": {"type": "adm"}}},
    ],
)
def test_what_the_schema_refuses_the_spec_refuses_too(change):
    assert [*VALIDATOR.iter_errors(BASE | change)]
    with pytest.raises(SpecError):
        NetworkSpec.from_data(BASE | change)


def test_descriptions_are_plain_text():
    descriptions = [record.get("description", "") for record in SCHEMA["$defs"].values()]
    assert any(descriptions)
    assert not any("`" in text or "\n" in text for text in descriptions)
