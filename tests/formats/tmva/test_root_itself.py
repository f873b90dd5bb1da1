"""ROOT's own XML engine and C++'s own streams read what netspec writes, every weight to the bit."""

from __future__ import annotations

from math import prod

import numpy
import pytest

import netspec
from tests.formats.tmva import fixtures
from tests.formats.tmva.root_reader.reader import Reader
from tests.formats.tmva.root_reader.recurrent import TAGS

pytest.importorskip("ROOT", reason="ROOT is not installed")

from tests.formats.tmva.root_engine import numbers, parse

pytestmark = pytest.mark.filterwarnings("ignore:.*a TMVA file does not hold")

ROWS = {
    "variables": [{"name": f"v{k}", "expression": f'f(x[{k}])<1 && "a\'b">2'} for k in range(6)]
}
CELLS = [
    {"type": "rnn", "units": 3},
    {"type": "lstm", "units": 3},
    {"type": "lstm", "units": 2},
    {"type": "gru", "units": 3},
    {"type": "gru", "units": 2, "reset_after": True},
]
IMAGE = [
    {"type": "reshape", "shape": [1, 2, 3]},
    {
        "type": "convolution",
        "filters": 2,
        "kernel": [2, 2],
        "padding": [1, 1],
        "activation": "relu",
    },
    {"type": "batch_norm", "momentum": "cumulative"},
    {"type": "max_pool", "kernel": [2, 2], "stride": [1, 1]},
    {"type": "flatten"},
    {"type": "dense", "units": 3, "activation": "gauss"},
    {"type": "batch_norm", "momentum": 0.75, "epsilon": 1e-3},
    {"type": "dense", "units": 1},
]
GATES = {"LSTMLayer": 4, "GRULayer": 3, "RNNLayer": 1}


def drawn(spec, seed=7):
    """Weights over all of float's range, the smallest and the largest of them included."""
    random = numpy.random.Generator(numpy.random.PCG64(seed))
    weights = {}
    for name, param in spec.parameters().items():
        size = prod(param.shape)
        values = random.normal(size=size) * 10.0 ** random.integers(-40, 36, size)
        values = values.astype("float32")
        odd = numpy.array([1.4e-45, -1.1754942e-38, 3.4028235e38, -0.0, 0.1, 16777217], "float32")
        values[: len(odd)] = odd[:size]
        weights[name] = (
            abs(values).reshape(param.shape) if "variance" in name else values.reshape(param.shape)
        )
    return weights


def stack(layers):
    return netspec.NetworkSpec(input=ROWS, layers=layers, output={"activation": "sigmoid"})


def weights_of(node):
    """The arrays of a layer's element as TMVA reads them, by netspec's names for them."""
    if node.tag in ("DenseLayer", "ConvLayer"):
        W = node.child("Weights")
        rows = node.integer("Width" if node.tag == "DenseLayer" else "Depth")
        b = node.child("Biases").matrix(rows, 1)
        return {"W": W.matrix(rows, W.integer("Columns")), "b": b}
    if node.tag == "BatchNormLayer":
        names = {"mean": "Training-mu", "variance": "Training-variance", "gamma": "Gamma"}
        parts = {key: node.child(tag) for key, tag in (names | {"beta": "Beta"}).items()}
        return {key: part.matrix(1, part.integer("Columns")) for key, part in parts.items()}
    tags, H, D = TAGS[node.tag].split(), node.integer("StateSize"), node.integer("InputSize")
    others = [tag for tag in tags if not tag.endswith("Biases")]
    gates = GATES[node.tag]
    return {
        "W": numpy.stack([node.child(tag).matrix(H, D) for tag in others[:gates]]),
        "U": numpy.stack([node.child(tag).matrix(H, H) for tag in others[gates:]]),
        "b": numpy.stack([node.child(t).matrix(H, 1) for t in tags if t.endswith("Biases")]),
    }


def agree(path, spec, weights):
    """Hold every matrix that ROOT reads to the weights that were written."""
    nodes = parse(path).child("Weights").children()
    assert len(nodes) == parse(path).child("Weights").integer("NetDepth")
    layers = [n for n in nodes if n.tag not in ("ReshapeLayer", "MaxPoolLayer")]
    named = [
        layer.name for layer in spec.layers if any(k.startswith(f"{layer.name}/") for k in weights)
    ]
    assert len(layers) == len(named)
    count = 0
    for node, name in zip(layers, named, strict=True):
        for key, array in weights_of(node).items():
            assert array.tobytes() == weights[f"{name}/{key}"].tobytes(), (name, key)
            count += 1
    # What is no matrix of the file: how many batches a statistic is of.
    assert count == len([name for name in weights if not name.endswith("/batches")])


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c['type']}-{c['units']}")
def test_recurrent_layers(cell, whole, tmp_path):
    core = [{"type": "reshape", "shape": [3, 2]}, cell | {"return_sequences": whole}]
    spec = stack([*core, *[{"type": "flatten"}] * whole, {"type": "dense", "units": 1}])
    weights = drawn(spec)
    netspec.write(tmp_path / "net.xml", spec, weights, format="tmva")
    agree(tmp_path / "net.xml", spec, weights)


def test_layers_of_images_and_rows(tmp_path):
    spec = stack(IMAGE)
    weights = drawn(spec)
    netspec.write(tmp_path / "net.xml", spec, weights, format="tmva")
    agree(tmp_path / "net.xml", spec, weights)
    first, second = parse(tmp_path / "net.xml").child("Weights").children("BatchNormLayer")
    assert first.number("Momentum") < 0
    assert second.number("Momentum") == numpy.float32(0.75)
    assert second.number("Epsilon") == numpy.float32(1e-3)


def test_a_matrix_of_more_than_ten_megabytes(tmp_path):
    """More than the buffer that TMVA gives to the engine, and than libxml2 takes unasked."""
    spec = netspec.NetworkSpec(
        input={"shape": [1000]},
        layers=[{"type": "dense", "units": 800}, {"type": "dense", "units": 1}],
    )
    weights = drawn(spec)
    netspec.write(tmp_path / "net.xml", spec, weights, format="tmva")
    assert (tmp_path / "net.xml").stat().st_size > 12e6
    agree(tmp_path / "net.xml", spec, weights)


def test_texts_with_marks_of_xml_come_out_as_they_went_in(tmp_path):
    spec = stack([{"type": "dense", "units": 1}])
    netspec.write(tmp_path / "net.xml", spec, drawn(spec), format="tmva")
    nodes = parse(tmp_path / "net.xml").child("Variables").children()
    found = [node.attribute("Expression") for node in nodes]
    assert found == [variable["expression"] for variable in ROWS["variables"]]


def test_options_and_facts_are_those_of_the_file(tmp_path):
    spec = stack(IMAGE)
    netspec.write(tmp_path / "net.xml", spec, drawn(spec), format="tmva")
    root = parse(tmp_path / "net.xml")
    assert root.tag == "MethodSetup"
    assert root.attribute("Method") == "DL::network"
    options = {n.attribute("name"): n.text for n in root.child("Options").children()}
    assert options["Layout"].startswith("CONV|2|2|2|1|1|1|1|RELU,BNORM|")
    # The model has read the same text with the standard library's parser.
    assert options == Reader((tmp_path / "net.xml").read_bytes()).options


TRANSFORMED = [
    {"type": "normalize"},
    {"type": "decorrelate", "inputs": [0, 2, 4]},
    {"type": "pca", "inputs": [5, 1]},
    {"type": "gauss", "inputs": [1, 3], "bins": [4, 7]},
    {"type": "gauss", "bins": [3] * 6, "flat": True},
    {"type": "rearrange", "inputs": [5, 0], "outputs": [0, 5]},
    {"type": "dense", "units": 1},
]


def transformed():
    """A stack of every transformation, and numbers that each can have."""
    spec = stack(TRANSFORMED)
    weights = dict(netspec.build(spec, seed=3).weights)
    random = numpy.random.Generator(numpy.random.PCG64(9))
    for name, array in weights.items():
        if not name.startswith("dense"):
            weights[name] = random.normal(size=array.shape).astype(array.dtype)
    weights["normalize_1/maximum"] = weights["normalize_1/minimum"] + numpy.float32(1.3)
    for name in ("gauss_1", "gauss_2"):
        contents = abs(weights[f"{name}/contents"])
        weights[f"{name}/contents"] = contents / contents.max()
        steps = random.exponential(size=weights[f"{name}/edges"].shape)
        weights[f"{name}/edges"] = numpy.cumsum(steps).astype(weights[f"{name}/edges"].dtype)
    return spec, weights


def last(nodes, count, dtype):
    """The numbers of the last element, that of all classes."""
    return numbers(nodes[-1].text, count, dtype)


def test_every_transformation(tmp_path):
    spec, weights = transformed()
    netspec.write(tmp_path / "net.xml", spec, weights, format="tmva")
    nodes = parse(tmp_path / "net.xml").child("Transformations").children()
    names = [
        (n.attribute("Name"), n.child("Selection").child("Input").integer("NInputs")) for n in nodes
    ]
    assert names == [
        ("Normalize", 6), ("Decorrelation", 3), ("PCA", 2), ("Gauss", 2), ("Gauss", 6),
        ("Rearrange", 2),
    ]  # fmt: skip
    normalize, decorrelation, pca, gauss, flat, _ = nodes
    ranges = normalize.children("Class")[-1].child("Ranges").children()
    for end, key in (("Min", "minimum"), ("Max", "maximum")):
        found = numpy.array([node.number(end) for node in ranges])
        assert found.tobytes() == weights[f"normalize_1/{key}"].tobytes()
    found = last(decorrelation.children("Matrix"), 9, "float64")
    assert found.tobytes() == weights["decorrelate_1/matrix"].tobytes()
    for tag, key, count in (("Statistics", "mean", 2), ("Eigenvectors", "eigenvectors", 4)):
        found = last(pca.children(tag), count, "float64")
        assert found.tobytes() == weights[f"pca_1/{key}"].tobytes()
    assert [n.attribute("FlatOrGauss") for n in (gauss, flat)] == ["Gauss", "Flat"]
    for node, name, bins in ((gauss, "gauss_1", [4, 7]), (flat, "gauss_2", [3] * 6)):
        pdfs = [variable.children()[-1].child("PDF") for variable in node.children("Variable")]
        assert [pdf.child("Histogram").integer("NBins") for pdf in pdfs] == bins
        contents = [numbers(p.child("Histogram").text, n) for p, n in zip(pdfs, bins, strict=True)]
        edges = [
            numbers(p.child("HistogramBinning").text, n + 1, "float64")
            for p, n in zip(pdfs, bins, strict=True)
        ]
        stored = weights[f"{name}/edges"]
        assert (
            numpy.concatenate(contents).tobytes()
            == weights[f"{name}/contents"].astype("float32").tobytes()
        )
        assert numpy.concatenate(edges).astype(stored.dtype).tobytes() == stored.tobytes()


@pytest.mark.filterwarnings("ignore::netspec.errors.NetspecWarning")
@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_file_that_was_read_is_written_so_that_root_reads_it(name, tmp_path):
    spec, weights, extras = netspec.read(fixtures.path(name))
    netspec.write(tmp_path / "net.xml", spec, weights, extras, format="tmva")
    arrays = {k: a for k, a in weights.items() if not k.startswith("normalize")}
    agree(tmp_path / "net.xml", spec, arrays)


@pytest.mark.filterwarnings("ignore::netspec.errors.NetspecWarning")
def test_files_of_others_are_parsed_alike(real_files, tmp_path):
    """What ROOT reads of them is what netspec reads, and of what netspec writes of them, too."""
    for name in ("lstm_6.22", "convolution_6.26", "gauss_6.33"):
        path = real_files / "tmva" / f"{name}.weights.xml"
        spec, weights, extras = netspec.read(path)
        arrays = {k: a for k, a in weights.items() if not k.startswith("gauss")}
        agree(path, spec, arrays)
        netspec.write(tmp_path / "net.xml", spec, weights, extras, format="tmva")
        agree(tmp_path / "net.xml", spec, arrays)
