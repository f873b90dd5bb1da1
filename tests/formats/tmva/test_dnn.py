"""TMVA's deep network before DL: read, and written as DL where its weights are floats."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy
import pytest

import netspec
from netspec.errors import FormatError, NetspecError
from netspec.formats import read
from tests.formats.tmva.by_hand import float32
from tests.formats.tmva.old_methods import DNN_OPTIONS, dnn, dnn_weights, document


def layers_of(*sizes, floats=True, seed=5):
    draw = random.Random(seed)

    def row(count):
        numbers = [draw.uniform(-1.2, 1.2) for _ in range(count)]
        return [float32(v) for v in numbers] if floats else numbers

    return [([row(a) for _ in range(b)], row(b)) for a, b in pairwise(sizes)]


def events(count, width):
    draw = numpy.random.Generator(numpy.random.PCG64(9))
    return draw.uniform(-2, 2, (count, width)).astype("float32")


def file_of(layers, activations, letter="S", options=DNN_OPTIONS, **more):
    labels = [f"x{k}" for k in range(len(layers[0][0][0]))]
    weights = dnn_weights(layers, activations, letter)
    return document("DNN::net", weights, labels, options, root="6.12", **more).encode()


CASES = {
    "classification": ("S", 1, {}),
    "multiclass": ("M", 3, {"analysis": "Multiclass", "classes": ("a", "b", "c")}),
    "regression": (
        "I",
        2,
        {"analysis": "Regression", "classes": ("Regression",), "targets": ("e", "f")},
    ),
}


@pytest.mark.parametrize("analysis", CASES)
@pytest.mark.parametrize("floats", [True, False])
def test_a_file_gives_what_the_loops_give(analysis, floats):
    letter, outputs, more = CASES[analysis]
    layers = layers_of(3, 4, 5, 4, 3, 4, outputs, floats=floats)
    numbers = [1, 2, 3, 5, 6, 0]
    network = netspec.load(file_of(layers, numbers, letter, **more))
    x = events(7, 3)
    wanted = [dnn(layers, numbers, letter, event) for event in x.tolist()]
    found = network(x)
    assert found.dtype == ("float32" if floats else "float64")
    assert numpy.ptp(wanted) > 1e-3
    assert numpy.abs(found - wanted).max() < (2e-6 if floats else 1e-13)
    assert network.spec.output.analysis == analysis


def test_every_activation_has_the_number_that_it_has_in_dl():
    names = ["linear", "relu", "sigmoid", "tanh", "symmrelu", "softsign", "gauss"]
    layers = layers_of(2, *[3] * 7, 1)
    spec = read(file_of(layers, [*range(7), 0])).spec
    assert [layer.activation.type for layer in spec.layers] == [*names, "linear"]


def test_floats_are_written_as_dl_and_give_the_same_bits(tmp_path):
    layers = layers_of(3, 4, 1)
    network = netspec.load(file_of(layers, [3, 0]))
    network.save(tmp_path / "dl.xml", format="tmva")
    assert 'Method="DL::net"' in (tmp_path / "dl.xml").read_text()
    again = netspec.load(tmp_path / "dl.xml")
    x = events(7, 3)
    assert again(x).tobytes() == network(x).tobytes()
    assert again.spec == network.spec
    assert "tmva/Old method" not in again.extras.metadata


def test_doubles_are_not_written():
    network = netspec.load(file_of(layers_of(3, 4, 1, floats=False), [3, 0]))
    with pytest.raises(FormatError, match="dtype: TMVA computes in float32"):
        netspec.write("no.xml", network.spec, network.weights, network.extras, format="tmva")


def test_the_training_is_that_of_the_options_with_the_one_optimizer_there_was():
    spec = read(file_of(layers_of(3, 4, 1), [3, 0])).spec
    assert spec.training.optimizer.type == "sgd"
    assert (spec.training.optimizer.momentum, spec.training.batch_size) == (0.9, 128)
    assert spec.training.loss.type == "cross_entropy"
    start = {"type": "tmva_uniform", "stream": "trandom3"}
    assert spec.to_data()["initializers"] == {"W": start}


CHANGES = {
    "Depth": ('Depth="2"', 'Depth="3"', "<Weights>: Depth says 3, found 2 <Layer>"),
    "a width": ('InputWidth="3"', 'InputWidth="4"', "wanted 4 rows and 4 columns, found .4, 3."),
    "an activation": ('ActivationFunction="3"', 'ActivationFunction="9"', "from 0 to 7, found 9"),
    "a letter": ('OutputFunction="S"', 'OutputFunction="Q"', "of I, S or M, found 'Q'"),
    "billions": ('rows="4" cols="3"', 'rows="2000000000" cols="3"', "wanted 6000000000 numbers"),
    "upper case": ("rows=", "Rows=", "wanted the attribute rows, found none"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_broken_file_is_refused_with_its_line(what):
    old, new, message = CHANGES[what]
    text = file_of(layers_of(3, 4, 1), [3, 0]).decode()
    assert old in text
    with pytest.raises(FormatError, match=rf":\d+: .*{message}"):
        read(text.replace(old, new).encode())


@pytest.mark.filterwarnings("ignore")
def test_a_changed_byte_ends_in_an_error_of_ours_or_a_model():
    draw = random.Random(6)
    original = file_of(layers_of(3, 4, 1), [3, 0])
    for _ in range(150):
        data = bytearray(original)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        try:
            spec, weights, _ = read(bytes(data), format="tmva")
        except NetspecError:
            continue
        assert weights.keys() == spec.parameters().keys()


def test_a_number_beyond_a_float_makes_a_network_of_doubles():
    layers = layers_of(1, 2, 1)
    layers[0][0][0][0] = 1e300
    network = netspec.load(file_of(layers, [3, 0]))
    assert network.spec.dtype == "float64"
    assert network.weights["dense_1/W"][0, 0] == 1e300


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("BDT", r"'BDT' \(boosted decision trees\) .* FastForest \(load_tmva_xml\)$"),
        ("Fisher", r"'Fisher' \(Fisher's linear discriminant\) .* with TMVA itself$"),
        ("Cuts", r"'Cuts' \(rectangular cuts\) .* netspec reads DL, MLP and DNN"),
        ("PyKeras", r"'PyKeras' \(a model of Keras, in a file of its own\)"),
        ("Mystery", r"'Mystery' \(another method\) is not supported"),
    ],
)
def test_other_methods_are_refused_by_name_with_what_reads_them(method, words):
    text = file_of(layers_of(3, 4, 1), [3, 0]).decode().replace("DNN::net", f"{method}::net")
    with pytest.raises(FormatError, match=words):
        read(text.encode())


def test_a_file_of_a_real_training_is_read(real_files, tmp_path):
    path = real_files / "tmva" / "old_dnn_gauss_6.12.weights.xml"
    network = netspec.load(path)
    assert network.spec.dtype == "float32"
    variables = network.spec.input.variables
    low, high = [v.minimum for v in variables], [v.maximum for v in variables]
    draw = numpy.random.Generator(numpy.random.PCG64(2))
    x = draw.uniform(low, high, (50, 5))
    assert numpy.ptp(network(x)) > 0.1
    assert ((network(x) > 0) & (network(x) < 1)).all()
    network.save(tmp_path / "dl.xml", format="tmva")
    assert netspec.load(tmp_path / "dl.xml")(x).tobytes() == network(x).tobytes()
