"""Files that ROOT wrote, against numbers worked out without the package.

The loops here read the files with the standard library and compute in Python's floats.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy
import pytest

import netspec
from netspec.formats import read
from tests.formats.tmva import by_hand

HELD = ("W_i", "W_f", "b_i", "W_c", "W_o", "b_f", "U_i", "U_f", "b_c", "U_c", "U_o", "b_o")
SUPPORTED = (
    *("lstm_6.22", "dense_6.22", "dense_normalize_6.24", "one_wide_layer_6.22"),
    "convolution_6.26",
)
TRANSFORMED = ("gauss_6.33", "regression_transforms_6.27")
LIMITS = ("minimum", "maximum")
OLDER = ("mlp_6.24", "mlp_decorrelation_6.12", "old_dnn_gauss_6.12")


@pytest.fixture
def path(real_files):
    return lambda name: real_files / "tmva" / f"{name}.weights.xml"


def matrix(node):
    values = [by_hand.float32(float(token)) for token in node.text.split()]
    return by_hand.cut(values, int(node.get("Columns")))


def evaluate(path, x):
    """Give the outputs of a file of dense and LSTM layers or of images, normalised or not."""
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
        elif node.tag == "ConvLayer":
            act = by_hand.ACTIVATIONS[int(node.get("ActivationFunction"))]
            W, b = matrix(node.find("Weights")), by_hand.column(matrix(node.find("Biases")))
            dims = (
                int(root.find("Weights").get(f"Input{d}")) for d in ("Depth", "Height", "Width")
            )
            padding = int(node.get("PaddingHeight")), int(node.get("PaddingWidth"))
            image = by_hand.image_of(x, *dims)
            x = by_hand.convolution(W, b, image, *windows_of(node), padding, act)
        elif node.tag == "MaxPoolLayer":
            x = by_hand.max_pool(x, *windows_of(node))
        else:
            assert node.get("Flattening") == "1"
            x = by_hand.row_of_any(x)
    outputs = by_hand.output(root.find("Weights").get("OutputFunction"), x)
    return outputs if root.find("Targets") is not None else outputs[:1]


def windows_of(node):
    names = ("FilterHeight", "FilterWidth"), ("StrideRows", "StrideCols")
    return [tuple(int(node.get(name)) for name in pair) for pair in names]


def test_the_convolution_gives_the_golden_numbers(path):
    blank, one = numpy.zeros((28, 28)), numpy.zeros((28, 28))
    one[4:24, 12:16] = 1
    found = netspec.load(path("convolution_6.26"))(numpy.stack([blank.ravel(), one.ravel()]))
    wanted = [
        [2.4783e-06, 0.535507, 9.6761e-04, 0.199938, 4.7577e-03, 0.221787, 9.0696e-06, 0.185844,
         2.1e-09, 7.0881e-06],
        [3.2e-12, 0.999963, 5.1651e-05, 3.2381e-05, 1.0495e-04, 1.2e-08, 1.5e-07, 1.7e-09,
         7.1616e-04, 2.2e-13],
    ]  # fmt: skip
    assert numpy.abs(found - wanted).max() < 2e-6


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
    if name.startswith("convolution"):  # of digits on black: it knows nothing of brighter noise
        low, high = [0.0] * len(low), [0.1] * len(low)
    x = draw.uniform(low, high, size=(5, len(low))).astype("float32")
    wanted = [evaluate(path(name), event.tolist()) for event in x]
    assert numpy.ptp(wanted) > 1e-4
    assert numpy.abs(network(x) - wanted).max() < 2e-6


@pytest.mark.parametrize("name", [*SUPPORTED, *TRANSFORMED])
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


@pytest.mark.parametrize("name", [*SUPPORTED, *TRANSFORMED])
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


@pytest.mark.filterwarnings("ignore:.*InverseHessian")
@pytest.mark.parametrize("name", [*TRANSFORMED, *OLDER])
def test_a_file_is_read_and_gives_finite_numbers_that_differ(path, name):
    network = netspec.load(path(name))
    low, high = ([getattr(v, end) for v in network.spec.input.variables] for end in LIMITS)
    draw = numpy.random.Generator(numpy.random.PCG64(7))
    found = network(draw.uniform(low, high, size=(50, len(low))))
    assert numpy.isfinite(found).all()
    assert numpy.ptp(found, axis=0).min() > 1e-3


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
