"""Training, first weights, names: what a TMVA file says of them, and a word of what it cannot."""

from __future__ import annotations

import io
import warnings

import pytest
from lxml import etree

import netspec
from netspec.errors import LossWarning
from netspec.formats import read
from tests.formats.tmva.test_writing import STACK, spec_of, written


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schedule": "cosine"}, "training/schedule"),
        ({"clip": {"norm": 1.0}}, "training/clip"),
        ({"optimizer": {"type": "sgd", "momentum": 0.5, "nesterov": True}}, "training/optimizer"),
        (
            {"optimizer": {"type": "adam", "epsilon_hat": False}},
            "does not hold: training/optimizer/epsilon_hat: False",
        ),
        ({"class_weights": {"Signal": 2}}, "training/class_weights: (Signal 2"),
        ({"class_weights": "balanced"}, "training/class_weights: balanced"),
        ({"truncate": 2}, "training/truncate: 2"),
        ({"shuffle": False}, "training/shuffle: False"),
        ({"rules": "netspec"}, "training/rules: netspec"),
        ({"loss": "squared_error"}, "training/loss"),
        ({"loss": "huber"}, "training.loss: TMVA has no loss 'huber'"),
        ({"optimizer": "adamw"}, "training.optimizer: TMVA has no optimizer 'adamw'"),
        ({"phases": [{"schedule": "linear"}], "optimizer": "adam"}, "training/phases"),
    ],
    ids=str,
)
def test_what_tmva_has_no_word_for_in_a_training_is_said(change, said):
    training = {"rules": "tmva", "optimizer": {"type": "adam", "epsilon_hat": True}}
    start = {"W": "zeros", "U": "zeros"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written(spec_of(STACK, training=training, initializers=start))
    spec = spec_of(STACK, training=training | change, initializers=start)
    with pytest.warns(LossWarning) as caught:
        text = written(spec)
    (warning,) = caught
    assert said in str(warning.message)
    assert "initializers" not in str(warning.message)
    etree.fromstring(text)


@pytest.mark.parametrize(
    ("layers", "start"),
    [
        (STACK, {"W": "orthogonal"}),
        (STACK, {"b": 1}),
        ([STACK[0] | {"initializers": {"U": "orthogonal"}}, *STACK[1:]], {}),
    ],
)
def test_a_start_that_tmva_has_no_word_for_is_said(layers, start):
    with pytest.warns(LossWarning, match="initializers: TMVA has no word for how these weights"):
        written(spec_of(layers, initializers=start))


def test_dropout_of_a_state_is_of_training_alone_and_lost():
    layers = [STACK[0] | {"recurrent_dropout": 0.25}, *STACK[1:]]
    with pytest.warns(LossWarning, match="lstm_1: the dropout of its state"):
        text = written(spec_of(layers))
    assert text == written(spec_of(STACK))


@pytest.mark.parametrize(
    ("start", "letter"),
    [
        ("tmva_xavier", "X"),
        ({"type": "tmva_uniform", "stream": "trandom3"}, "U"),
        ("tmva_gauss", "G"),
        ("identity", "I"),
        (0, "Z"),
        ("glorot_uniform", "F"),
        (None, "F"),
    ],
)
def test_the_start_of_all_matrices_is_a_letter_of_the_weights(start, letter):
    starts = {"W": start, "U": start} if start is not None else {}
    root = etree.fromstring(written(spec_of(STACK, initializers=starts)))
    assert root.find("Weights").get("Initialization") == letter
    if start not in (None, "glorot_uniform", 0):
        assert (
            read(etree.tostring(root)).spec.initializers
            == spec_of(STACK, initializers=starts).initializers
        )


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (
            {"classes": ["low", "high"], "analysis": "regression"},
            "output/classes: a regression has none",
        ),
        (
            {"targets": [{"name": "E"}], "analysis": "classification"},
            "output/targets: a classification has none",
        ),
    ],
)
def test_names_that_an_analysis_has_no_place_for_are_lost(output, message):
    spec = netspec.NetworkSpec(
        input={"variables": [{"name": "pt"}]},
        layers=[{"type": "dense", "units": 1}],
        output=output,
    )
    with pytest.warns(LossWarning, match=message):
        netspec.build(spec).save(io.BytesIO(), format="tmva")
