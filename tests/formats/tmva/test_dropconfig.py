"""DropConfig: which rate is whose, where a spec counts layers that are none in a file."""

from __future__ import annotations

import re

import pytest

import netspec
from netspec import NetworkSpec
from netspec.errors import LossWarning
from netspec.formats import read
from tests.formats.tmva import fixtures

VARIABLES = {"variables": [{"name": f"v{k}"} for k in range(12)]}
CELLS = [
    {"type": "lstm", "units": 2, "return_sequences": True},
    {"type": "flatten"},
    {"type": "dense", "units": 3, "activation": "tanh"},
    {"type": "dense", "units": 1},
]
IMAGES = [
    {"type": "convolution", "filters": 2, "kernel": [2, 2]},
    {"type": "batch_norm", "momentum": "cumulative", "epsilon": 1e-4},
    {"type": "max_pool", "kernel": [1, 1]},
    *CELLS[1:],
]
NORMALIZE, RESHAPE = {"type": "normalize"}, {"type": "reshape", "shape": [4, 3]}
IMAGE = {"type": "reshape", "shape": [1, 4, 3]}


def spec_of(layers, rates, given=VARIABLES, **more):
    training = {"rules": "tmva", "optimizer": {"type": "adam", "epsilon_hat": True}, **more}
    training |= {} if more else {"dropout": rates}
    return NetworkSpec(
        input=given, layers=layers, training=training, output={"activation": "sigmoid"}
    )


def written(spec, path):
    netspec.build(spec).save(path, format="tmva")
    return re.findall(r"DropConfig=([\d.+]*)", path.read_text())


@pytest.mark.parametrize(
    ("layers", "given", "rates", "text"),
    [
        (CELLS[2:], VARIABLES, [0.5, 0.25], "0.5+0.25"),
        (CELLS, {"steps": 4, "features": 3}, [0, 0, 0.5], "0.0+0.0+0.5"),
        ([RESHAPE, *CELLS], VARIABLES, [0, 0, 0, 0.5], "0.0+0.0+0.5"),
        ([NORMALIZE, RESHAPE, *CELLS], VARIABLES, [0, 0, 0, 0.5], "0.0+0.0+0.5"),
        (IMAGES, {"shape": [1, 4, 3]}, [0, 0, 0, 0, 0.5, 0.25], "0.0+0.0+0.0+0.0+0.5+0.25"),
        ([IMAGE, *IMAGES], VARIABLES, [0, 0, 0, 0, 0, 0, 0.25], "0.0+0.0+0.0+0.0+0.0+0.25"),
    ],
)
@pytest.mark.filterwarnings("ignore:a TMVA file does not hold", "ignore:.*bands of pixels")
def test_a_rate_is_of_the_same_layer_in_the_file(layers, given, rates, text, tmp_path):
    spec = spec_of(layers, rates, given)
    assert written(spec, tmp_path / "a.xml") == [text]
    again = read(tmp_path / "a.xml").spec
    own, its = (dict(zip(names(s), s.training.dropout, strict=False)) for s in (spec, again))
    assert {k: v for k, v in own.items() if v} == {k: v for k, v in its.items() if v}


def names(spec):
    front = [layer.type for layer in spec.layers].count("normalize")
    return [layer.name for layer in spec.layers[front:]]


def test_every_phase_has_its_own(tmp_path):
    adam = {"type": "adam", "epsilon_hat": True}
    phases = [{"optimizer": adam, "dropout": [0, 0, 0, 0.5]}, {"optimizer": adam}]
    training = {"rules": "tmva", "phases": phases}
    output = {"activation": "sigmoid"}
    layers = [RESHAPE, *CELLS]
    spec = NetworkSpec(input=VARIABLES, layers=layers, training=training, output=output)
    assert written(spec, tmp_path / "a.xml") == ["0.0+0.0+0.5"]
    again = read(tmp_path / "a.xml").spec
    assert [phase.dropout for phase in again.training.phases] == [(0, 0, 0, 0.5), ()]


def test_the_rates_of_a_file_are_those_of_its_elements():
    text = fixtures.text("lstm")
    assert "DropConfig=0.0+0.5" in text
    text = text.replace("MaxEpochs=20DropConfig=0.0+0.5", "DropConfig=0.0+0.5+0.25")
    spec = read(text.encode()).spec
    assert spec.layers[0].type == "reshape"
    assert spec.training.dropout == (0, 0, 0.5, 0.25)


def test_a_rate_of_a_layer_that_is_no_element_is_left_out(tmp_path):
    layers = [
        *CELLS[:2],
        {"type": "dense", "units": 3},
        {"type": "activation", "activation": "relu"},
    ]
    spec = spec_of([*layers, CELLS[3]], [0, 0, 0.5, 0.25, 0.125], {"steps": 4, "features": 3})
    with pytest.warns(LossWarning, match="activation_1: written as a part of dense_1"):
        assert written(spec, tmp_path / "a.xml") == ["0.0+0.0+0.5+0.125"]
