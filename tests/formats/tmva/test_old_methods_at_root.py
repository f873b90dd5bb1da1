"""Files of the methods MLP and DNN, transformed or not, beside the model of ROOT's Reader."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import numpy
import pytest

import netspec
from netspec.network import Network
from tests.formats.tmva import typed
from tests.formats.tmva.by_hand import float32
from tests.formats.tmva.old_methods import (
    DNN_OPTIONS,
    MLP_OPTIONS,
    dnn_weights,
    document,
    mlp_weights,
)
from tests.formats.tmva.root_reader import Reader

DENSITY = ([0.1, 0.3, 0.6, 1.0], [-3, -1, 0.5, 1, 4])
ANALYSES = {
    "Classification": (1, {}),
    "Multiclass": (3, {"classes": ("a", "b", "c")}),
    "Regression": (2, {"classes": ("Regression",), "targets": ("energy", "angle")}),
}


def layers_of(*sizes, seed=5):
    draw = random.Random(seed)

    def row(count):
        return [float32(draw.uniform(-1.2, 1.2)) for _ in range(count)]

    return [([row(a) for _ in range(b)], row(b)) for a, b in pairwise(sizes)]


def changed(text, analysis):
    """Put a chain in front: for each class and for all, where there are two classes or more."""
    entries = {"Classification": 3, "Multiclass": 4, "Regression": 1}[analysis]
    ends = [("Target", "energy")] if analysis == "Regression" else []
    chain = [
        typed.normalize("xy", *[[(-2 - k, 3 + k), (-1, 4 + k)] for k in range(entries)]),
        typed.gauss(["y", *ends], *[[DENSITY] * (1 + len(ends)) for _ in range(entries)]),
        typed.decorrelation("yx", *[[[1.25, k / 4], [k / 4, 0.75]] for k in range(entries)]),
    ]
    block = f'  <Transformations NTransformations="{len(chain)}">\n{"".join(chain)}'
    none = '  <Transformations NTransformations="0"/>\n'
    assert none in text
    return text.replace(none, f"{block}  </Transformations>\n")


def file_of(method, analysis, transformed, **options):
    outputs, more = ANALYSES[analysis]
    layers = layers_of(2, 4, 3, outputs)
    if method == "MLP":
        weights, known, root = mlp_weights(layers), MLP_OPTIONS | options, "6.24"
    else:
        letter = {"Classification": "S", "Multiclass": "M", "Regression": "I"}[analysis]
        weights, known, root = dnn_weights(layers, [3, 5, 0], letter), DNN_OPTIONS, "6.12"
    text = document(f"{method}::net", weights, "xy", known, analysis=analysis, root=root, **more)
    return changed(text, analysis) if transformed else text


def holds(text, b, close):
    reader = Reader(text)
    draw = numpy.random.Generator(numpy.random.PCG64(3))
    events = draw.uniform(-2, 2, (12, 2)).astype("float32")
    wanted = numpy.array([reader.evaluate(event) for event in events.tolist()])
    assert numpy.ptp(wanted) > 1e-3
    spec, weights, extras = netspec.read(text.encode())
    found = Network(spec, weights, b, extras)(events)
    assert found.shape == wanted.shape
    assert numpy.abs(found - wanted).max() < close


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("estimator", ["CE", "MSE"])
@pytest.mark.parametrize("neuron", ["tanh", "sigmoid", "radial", "linear"])
def test_an_mlp(neuron, estimator, analysis, transformed, b):
    text = file_of("MLP", analysis, transformed, NeuronType=neuron, EstimatorType=estimator)
    holds(text, b, 2e-6 if transformed else 5e-7)


@pytest.mark.parametrize("transformed", [False, True])
@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_network_of_the_method_before_dl(analysis, transformed, b):
    text = file_of("DNN", analysis, transformed)
    holds(text, b, 2e-6)
    assert re.search(r"<MethodSetup Method=\"DNN::", text)
