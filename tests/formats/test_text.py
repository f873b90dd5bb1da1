"""Spec files as formats: models without weights."""

from __future__ import annotations

import io

import numpy as np
import pytest

from netspec import NetworkSpec, formats
from netspec.errors import FormatError, LossWarning, SpecError
from netspec.formats import Extras

DATA = {
    "name": "jets",
    "seed": 7,
    "input": {"steps": 4, "features": 3},
    "layers": [
        {"type": "gru", "units": 5, "return_sequences": True, "reset_after": True},
        {"type": "flatten"},
        {"type": "dense", "units": 1},
    ],
    "output": {"activation": "sigmoid"},
}
SPEC = NetworkSpec.from_data(DATA)
SUFFIXES = {"yaml": ".yaml", "json": ".json", "toml": ".toml"}


def written(spec: NetworkSpec, format: str) -> bytes:
    file = io.BytesIO()
    formats.write(file, spec, None, format=format)
    return file.getvalue()


@pytest.mark.parametrize("format", SUFFIXES)
def test_a_spec_file_gives_back_the_spec_and_no_weights(tmp_path, format):
    path = tmp_path / f"jets{SUFFIXES[format]}"
    formats.write(path, SPEC, None)
    assert path.read_bytes() == written(SPEC, format)
    spec, weights, extras = formats.read(path)
    assert spec == SPEC
    assert weights is None
    assert extras.golden is None


@pytest.mark.parametrize("format", SUFFIXES)
def test_bytes_alone_say_which_language_they_are(format):
    assert formats.read(written(SPEC, format)).spec == SPEC


def test_an_option_string_says_a_spec_whose_network_tmva_knows(tmp_path):
    text = "InputLayout=4|3:Layout=GRU|5|3|4|0|1|1,RESHAPE|FLAT,LINEAR"
    spec = formats.read(text).spec
    assert spec.layers == SPEC.layers
    path = tmp_path / "jets.tmva"
    formats.write(path, spec, None)
    assert formats.read(path).spec == spec
    assert formats.read(path.read_bytes()).spec == spec


def test_what_an_option_string_leaves_out_is_said_in_one_warning():
    data = DATA | {"output": {"activation": "sigmoid", "classes": ["a", "b"]}}
    with pytest.warns(LossWarning) as caught:
        written(NetworkSpec.from_data(data), "options")
    (warning,) = caught
    assert str(warning.message) == "a spec file leaves out: name, classes and targets"


def test_settings_that_an_option_string_leaves_out_are_said():
    training = {"rules": "tmva", "optimizer": {"type": "adam", "epsilon_hat": True}}
    data = DATA | {"name": "network", "training": training, "initializers": {"W": "he_normal"}}
    with pytest.warns(LossWarning) as caught:
        written(NetworkSpec.from_data(data), "options")
    (warning,) = caught
    assert str(warning.message) == "a spec file leaves out: initializers"
    del data["initializers"]
    written(NetworkSpec.from_data(data), "options")
    data["training"] = training | {"truncate": 2, "schedule": "linear"}
    with pytest.warns(LossWarning) as caught:
        written(NetworkSpec.from_data(data), "options")
    (warning,) = caught
    assert str(warning.message).startswith("a spec file leaves out: training/schedule: linear (")
    assert str(warning.message).endswith(", training/truncate: 2")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dtype": "float64"}, "dtype: TMVA computes in float32"),
        ({"output": {"activation": "relu"}}, "output.activation: TMVA ends in"),
        ({"output": {"first": 1}}, "output.first: an option string keeps all outputs"),
        (
            {"output": {"activation": "sigmoid"}, "training": {"loss": "squared_error"}},
            "output.activation: with the loss 'squared_error' TMVA ends in linear, found sigmoid",
        ),
        ({"layers": [{"type": "last_step"}]}, "layers.0: TMVA has no layer 'last_step'"),
    ],
)
def test_what_an_option_string_would_change_is_refused(change, sentence):
    with pytest.raises(FormatError) as caught:
        written(NetworkSpec.from_data(DATA | change), "options")
    assert str(caught.value).startswith(sentence)


def test_weights_and_extras_are_left_out_with_a_warning():
    weights = {"dense_1/W": np.zeros((1, 20))}
    extras = Extras(metadata={"author": "me"}, history={"loss": (1.0,)})
    with pytest.warns(LossWarning, match="leaves out: weights, metadata, history"):
        formats.write(io.BytesIO(), SPEC, weights, extras, format="yaml")


def test_errors_of_a_spec_file_keep_their_places(tmp_path):
    path = tmp_path / "jets.yaml"
    path.write_text("input: {shape: [3]}\nlayers: [{type: dense, units: ten}]\n")
    with pytest.raises(SpecError) as caught:
        formats.read(path)
    assert str(caught.value).startswith(f"{path}:2:31: layers.0.units: wanted a whole number")
