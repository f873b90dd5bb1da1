"""Every example is valid, runs, and comes back from its XML with the same bits."""

from __future__ import annotations

import json
import tomllib

import jsonschema
import numpy
import pytest
from ruamel.yaml import YAML

import netspec
from netspec import resources

FORMS = ("yaml", "toml", "json", "tmva")
SPECS = [name for name in resources.names("examples") if name.endswith(FORMS)]

every_spec = pytest.mark.parametrize("name", SPECS)


def network(name):
    return netspec.build(netspec.NetworkSpec.from_file(resources.example(name)))


def events(spec):
    shape = (3, *(7 if size is None else size for size in spec.input.sizes))
    if spec.layers[0].id_count:
        return numpy.arange(numpy.prod(shape)).reshape(shape) % (spec.layers[0].id_count - 1)
    return numpy.sin(numpy.arange(numpy.prod(shape), dtype="float64")).reshape(shape)


def test_there_is_an_example_in_every_form():
    assert {name.rpartition(".")[2] for name in SPECS} == set(FORMS)


@every_spec
def test_an_example_runs_and_its_outputs_depend_on_its_inputs(name):
    own = network(name)
    x = events(own.spec)
    y = own(x)
    steps = x.shape[1]
    assert y.shape == (3, *(steps if size is None else size for size in own.spec.output_shape))
    assert numpy.isfinite(y).all()
    other = x + (1 if own.spec.layers[0].id_count else 0.1)
    assert not numpy.array_equal(own(other), y)


@every_spec
def test_an_example_comes_back_with_the_same_bits(name, tmp_path):
    own = network(name)
    own.save(tmp_path / "model.xml")
    again = netspec.load(tmp_path / "model.xml")
    x = events(own.spec)
    assert again.spec == own.spec
    assert again(x).tobytes() == own(x).tobytes()


@every_spec
def test_an_example_says_the_same_in_every_form_of_spec(name, tmp_path):
    spec = netspec.NetworkSpec.from_file(resources.example(name))
    for suffix in ("yaml", "json", "toml"):
        netspec.write(tmp_path / f"spec.{suffix}", spec, None)
        assert netspec.read(tmp_path / f"spec.{suffix}").spec == spec


def plain(path):
    """The data of a spec file as an editor sees it, before netspec has touched it."""
    if path.suffix == ".toml":
        return tomllib.loads(path.read_text())
    return YAML(typ="safe", pure=True).load(path.read_text())


@pytest.mark.parametrize("name", [name for name in SPECS if not name.endswith(".tmva")])
def test_an_editor_finds_nothing_wrong_with_an_example(name):
    schema = json.loads(resources.schema("network.schema.json").read_text())
    jsonschema.validate(plain(resources.example(name)), schema)
