"""WeightInitialization of TMVA's option string, and the initializers of a spec."""

from __future__ import annotations

import pytest

from netspec.specfile import tmva_options, tmva_starts
from tests.specfile.test_tmva_options import TUTORIAL, without


@pytest.mark.parametrize(
    ("word", "start"),
    [
        ("XAVIER", "tmva_xavier"),
        ("XAVIERUNIFORM", {"type": "tmva_xavier_uniform", "stream": "trandom3"}),
        ("GAUSS", "tmva_gauss"),
        ("UNIFORM", {"type": "tmva_uniform", "stream": "trandom3"}),
        ("IDENTITY", "identity"),
        ("ZERO", "zeros"),
    ],
)
def test_weight_initializations_are_initializers(word, start):
    text = f"InputLayout=5:Layout=TANH|3,LINEAR:WeightInitialization={word}"
    data = tmva_options.read(text)
    assert data["initializers"] == {"W": start}
    assert tmva_options.options(data)["WeightInitialization"] == word
    text = text.replace("5:Layout=", "2|5:Layout=GRU|3|5|2,")
    assert tmva_options.read(text)["initializers"] == {"W": start, "U": start}
    again = tmva_options.read(tmva_options.write(tmva_options.read(text)))
    assert again["initializers"] == {"W": start, "U": start}


def test_without_a_word_weights_start_as_tmvas_and_any_other_word_is_xavieruniform():
    assert tmva_options.read("InputLayout=5:Layout=LINEAR")["initializers"] == {"W": "tmva_xavier"}
    data = tmva_options.read("InputLayout=5:Layout=LINEAR:WeightInitialization=SOME")
    assert tmva_options.options(data)["WeightInitialization"] == "XAVIERUNIFORM"


def test_a_start_that_tmva_lacks_is_left_out():
    data = tmva_options.read(TUTORIAL)

    def word(initializers, own=None):
        layers = [data["layers"][0] | (own or {}), *data["layers"][1:]]
        change = {"initializers": initializers, "layers": layers}
        return tmva_options.options(data | change).get("WeightInitialization")

    assert word({}) == "XAVIERUNIFORM"  # what netspec does where nothing is said
    assert word({"W": "zeros", "U": 0, "b": 0}) == "ZERO"
    assert word({"W": "glorot_uniform"}) == "XAVIERUNIFORM"
    for initializers in (
        {"W": "orthogonal"},
        {"W": "zeros"},  # the matrices U start otherwise
        {"W": "zeros", "U": "identity"},
        {"b": 1},
        {"b": {"type": "zeros", "blocks": {"f": 1}}},
        {"W": {"type": "zeros", "blocks": {"f": 1}}, "U": "zeros"},
    ):
        assert word(initializers) is None, initializers
    assert word({}, own={"initializers": {"U": "orthogonal"}}) is None


def test_how_weights_start_as_older_specs_say_it_is_written_still():
    data = tmva_options.read(TUTORIAL)
    old = without(data, "initializers") | {"tmva": {"WeightInitialization": "GAUSS"}}
    assert tmva_options.options(old)["WeightInitialization"] == "GAUSS"
    assert tmva_options.options(old | {"initializers": {}})["WeightInitialization"] == "GAUSS"
    both = data | {"tmva": {"WeightInitialization": "GAUSS"}}
    assert tmva_options.options(both)["WeightInitialization"] == "XAVIERUNIFORM"


def test_only_arrays_that_some_layer_has_are_told_how_to_start():
    starts, flat = {"W": "zeros", "U": "identity"}, {"type": "flatten"}
    for layers, names in (
        ([], []),
        ([flat], []),
        ([flat, {"type": "dense"}], ["W"]),
        ([{"type": "gru"}, flat], ["W", "U"]),
        ([{"type": "convolution"}, {"type": "batch_norm"}, flat], ["W"]),
        ([{"type": "max_pool"}, {"type": "batch_norm"}, flat], []),
    ):
        assert list(tmva_starts.fitting(starts, layers)) == names
