"""Files that ROOT wrote, against numbers worked out without the package.

The loops here read the files with the standard library and compute in Python's floats.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy
import pytest

import netspec
from netspec.errors import FormatError
from netspec.formats import read
from tests.formats.tmva import by_hand

HELD = ("W_i", "W_f", "b_i", "W_c", "W_o", "b_f", "U_i", "U_f", "b_c", "U_c", "U_o", "b_o")
SUPPORTED = ("lstm_6.22", "dense_6.22", "dense_normalize_6.24", "one_wide_layer_6.22")
REFUSED = {
    "gauss_6.33": "<Transform>: the Gauss",
    "regression_transforms_6.27": "<Transform>: the Gauss",
    "mlp_decorrelation_6.12": "<Transform>: decorrelation",
    "old_dnn_gauss_6.12": "<Transform>: the Gauss",
}


@pytest.fixture
def path(real_files):
    return lambda name: real_files / "tmva" / f"{name}.weights.xml"


def matrix(node):
    values = [by_hand.float32(float(token)) for token in node.text.split()]
    return by_hand.cut(values, int(node.get("Columns")))


def evaluate(path, x):
    """Give the outputs of a file of dense and LSTM layers, normalised variables or not."""
    root = ET.parse(path).getroot()
    for transform in root.find("Transformations"):
        ranges = transform.findall("Class")[-1].find("Ranges")
        x = by_hand.there(x, [(float(r.get("Min")), float(r.get("Max"))) for r in ranges])
    for node in root.find("Weights"):
        if node.tag == "DenseLayer":
            act = by_hand.ACTIVATIONS[int(node.get("ActivationFunction"))]
            W, b = matrix(node.find("Weights")), by_hand.column(matrix(node.find("Biases")))
            x = [act(z) for z in by_hand.plus(by_hand.times(W, x), b)]
        elif node.tag == "LSTMLayer":
            m = {what: matrix(child) for what, child in zip(HELD, node, strict=True)}
            sequence = by_hand.cut(x, int(node.get("InputSize")))
            x = by_hand.lstm(m, sequence, int(node.get("StateSize")))
        else:
            assert node.get("Flattening") == "1"
            x = [v for row in x for v in row]
    return by_hand.output(root.find("Weights").get("OutputFunction"), x)[:1]


def test_the_lstm_gives_the_golden_numbers(path):
    k = numpy.arange(300)
    x = numpy.stack([0 * k, k / 300, numpy.sin(k)])
    found = netspec.load(path("lstm_6.22"))(x)[:, 0]
    assert numpy.abs(found - [0.565201, 0.002952, 0.735920]).max() < 2e-6


@pytest.mark.parametrize("name", SUPPORTED)
def test_a_file_agrees_with_plain_loops(path, name):
    network = netspec.load(path(name))
    draw = numpy.random.Generator(numpy.random.PCG64(7))
    low, high = [], []
    for v in network.spec.input.variables:
        low += [0.0 if v.minimum is None else v.minimum] * v.size
        high += [30.0 if v.maximum is None else v.maximum] * v.size
    x = draw.uniform(low, high, size=(5, len(low))).astype("float32")
    wanted = [evaluate(path(name), event.tolist()) for event in x]
    assert numpy.ptp(wanted) > 1e-4
    assert numpy.abs(network(x) - wanted).max() < 2e-6


@pytest.mark.parametrize("name", SUPPORTED)
def test_reading_writing_and_reading_gives_the_same_model(path, name, tmp_path):
    network = netspec.load(path(name))
    network.save(tmp_path / "again.xml", format="tmva")
    again = netspec.load(tmp_path / "again.xml")
    assert again.spec == network.spec
    assert again.extras.metadata == network.extras.metadata
    for key, array in network.weights.items():
        assert again.weights[key].tobytes() == array.tobytes()
    again.save(tmp_path / "third.xml", format="tmva")
    assert (tmp_path / "third.xml").read_bytes() == (tmp_path / "again.xml").read_bytes()


@pytest.mark.parametrize("name", SUPPORTED)
def test_what_is_written_is_the_text_that_root_wrote(path, name, tmp_path):
    def without_numbers(text):
        text = text.replace(' UseOffsetOrNot="UseOffset"', "")
        return re.sub(r"(?m)^( *)-?\d.*$", r"\1numbers", text)

    netspec.load(path(name)).save(tmp_path / "again.xml", format="tmva")
    written, original = (tmp_path / "again.xml").read_text(), path(name).read_text()
    assert without_numbers(written) == without_numbers(original)


def test_array_variables_are_folded(path):
    spec = read(path("lstm_6.22")).spec
    assert [(v.name, v.type, v.size) for v in spec.input.variables] == [
        (f"vars_time{t}", "F[]", 30) for t in range(10)
    ]


def test_the_last_entry_of_normalize_is_the_one_that_counts(path):
    network = netspec.load(path("dense_normalize_6.24"))
    assert network.weights["normalize_1/minimum"][0] == numpy.float32(-9.3187351226806641)
    assert network.weights["normalize_1/maximum"][1] == numpy.float32(4.0291204452514648)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_by_name_and_line(path, name):
    wanted = rf"{name}\.weights\.xml:\d+: .*{re.escape(REFUSED[name])}.* is not supported: netspec "
    with pytest.raises(FormatError, match=wanted):
        read(path(name))


def time_series(draw, events, waves):
    """Ten histograms of 1000 normal draws in 30 bins of 0..10, and noise of width 10."""
    x = numpy.empty((events, 10, 30))
    rows = numpy.arange(events)[:, None]
    for step in range(10):
        wave = waves(numpy.pi * step / 10)
        values = draw.normal(5 + 0.2 * wave, 4 + 0.3 * wave, (events, 1500))
        inside = (values >= 0) & (values < 10)
        inside &= inside.cumsum(axis=1) <= 1000
        cells = (rows * 30 + numpy.floor(values * 3)).astype(int)[inside]
        x[:, step] = numpy.bincount(cells, minlength=30 * events).reshape(events, 30)
    assert (x.sum(axis=2) == 1000).all()
    return (x + draw.normal(0, 10, x.shape)).reshape(events, 300)


def test_the_lstm_separates_the_data_it_was_trained_on(path):
    draw = numpy.random.Generator(numpy.random.PCG64(11))
    network = netspec.load(path("lstm_6.22"))
    signal = network(time_series(draw, 1500, numpy.cos))[:, 0]
    background = network(time_series(draw, 1500, numpy.sin))[:, 0]
    wins = numpy.searchsorted(numpy.sort(background), signal).mean() / len(background)
    assert wins == pytest.approx(0.896, abs=0.018)
