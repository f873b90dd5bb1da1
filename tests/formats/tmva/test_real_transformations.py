"""Transformations that ROOT fitted: the golden numbers, and the text of ROOT letter by letter."""

from __future__ import annotations

import io
import re
import warnings

import numpy
import pytest

import netspec
from netspec.errors import LossWarning
from netspec.formats import read

FILES = ("gauss_6.33", "regression_transforms_6.27", "old_dnn_gauss_6.12", "dense_normalize_6.24")
TYPES = {
    "gauss_6.33": ["gauss", *["dense"] * 5],
    "regression_transforms_6.27": ["gauss", "decorrelate", *["dense"] * 5, "normalize"],
    "mlp_decorrelation_6.12": ["decorrelate", "dense", "dense"],
    "old_dnn_gauss_6.12": ["gauss", *["dense"] * 4],
}
ONES = (0.581747, 0.304372, 0.542544, 0.299466, 0.395769, 0.234673, 0.490573)


@pytest.fixture
def path(real_files):
    return lambda name: real_files / "tmva" / f"{name}.weights.xml"


def part(text):
    text = re.search(r"<Transformations.*</Transformations>", text, re.DOTALL)[0]
    return text.replace(' UseOffsetOrNot="UseOffset"', "")


@pytest.mark.parametrize("name", TYPES)
def test_they_are_layers(path, name):
    layers = read(path(name)).spec.layers
    found = [layer.type for layer in layers if layer.type not in ("flatten", "reshape")]
    assert found == TYPES[name]


@pytest.mark.parametrize("name", FILES)
def test_they_are_written_as_root_wrote_them(path, name):
    target = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        netspec.write(target, *read(path(name)), format="tmva")
    assert part(target.getvalue().decode()) == part(path(name).read_text())


def test_seven_ones_become_the_golden_normal_numbers(path):
    model = read(path("gauss_6.33"))
    first = model.spec.layers[0].model_dump()
    spec = netspec.NetworkSpec(input={"shape": [7]}, layers=[first])
    arrays = {name: model.weights[name] for name in spec.parameters()}
    found = netspec.build(spec, weights=arrays)(numpy.ones((1, 7)))[0]
    assert numpy.abs(found - ONES).max() < 1e-6
    whole = netspec.build(model.spec, weights=model.weights)(numpy.ones((1, 7)))
    assert abs(whole[0, 0] - 0.306507) < 2e-6


def test_edges_are_the_doubles_of_their_decimals_and_two_may_be_equal(path):
    model = read(path("regression_transforms_6.27"))
    edges = model.weights["gauss_1/edges"]
    assert edges.dtype == "float64"
    assert edges[0] == edges[1] == -4087027.5
    assert float("-6.98005420e+03") in edges.tolist()
