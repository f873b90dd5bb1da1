"""TMVA's pair of verbs, on elements of an lxml document of the user's own."""

from __future__ import annotations

import numpy
import pytest
from lxml import etree

import netspec
from netspec.errors import FormatError, WeightsError
from tests.formats.tmva import fixtures

F = numpy.float32
SPEC = netspec.NetworkSpec(
    input={"steps": 4, "features": 3},
    layers=[
        {"type": "gru", "units": 2, "reset_after": True, "return_sequences": True},
        {"type": "lstm", "units": 5},
        {"type": "dense", "units": 3, "activation": "relu"},
    ],
    output={"activation": "softmax"},
    training={"loss": "softmax_cross_entropy", "batch_size": 7},
)


def test_weights_go_into_a_document_and_come_back_bit_for_bit():
    network = netspec.build(SPEC, seed=4)
    root = etree.Element("Mine")
    etree.SubElement(root, "Before")
    parent = etree.SubElement(root, "Networks")
    node = netspec.tmva.add_weights_xml_to(parent, SPEC, network.weights)
    assert node is parent[0]
    again = etree.fromstring(etree.tostring(root)).find("Networks/Weights")
    spec, weights, extras = netspec.tmva.read_weights_from_xml(again)
    assert spec.input == SPEC.input
    assert spec.layers == SPEC.layers
    assert spec.output.activation == SPEC.output.activation
    assert (spec.training.loss.type, spec.training.batch_size) == ("softmax_cross_entropy", 7)
    assert spec.training.rules == "tmva"
    assert {k: a.tobytes() for k, a in weights.items()} == {
        k: a.tobytes() for k, a in network.weights.items()
    }
    assert not extras.metadata
    x = numpy.arange(24, dtype=F).reshape(2, 4, 3) / 9
    assert netspec.build(spec, weights=weights)(x).tobytes() == network(x).tobytes()


def test_a_weights_element_of_a_file_gives_the_outputs_of_the_file():
    root = etree.parse(str(fixtures.path("stack_multiclass"))).getroot()
    spec, weights, _ = netspec.tmva.read_weights_from_xml(root.find("Weights"))
    assert spec.input.sizes == (5, 2)
    x = fixtures.inputs("stack_multiclass").reshape(-1, 5, 2)
    found = netspec.build(spec, weights=weights)(x)
    assert numpy.abs(found - fixtures.outputs("stack_multiclass")).max() < 2e-6


def test_all_outputs_of_the_last_layer_come_back():
    root = etree.parse(str(fixtures.path("dense_activations"))).getroot()
    spec, weights, _ = netspec.tmva.read_weights_from_xml(root.find("Weights"))
    found = netspec.build(spec, weights=weights)(fixtures.inputs("dense_activations"))
    assert found.shape == (5, 3)
    assert numpy.abs(found[:, :1] - fixtures.outputs("dense_activations")).max() < 2e-6


def test_an_image_keeps_its_shape():
    root = etree.parse(str(fixtures.path("flatten_image"))).getroot()
    spec, weights, _ = netspec.tmva.read_weights_from_xml(root.find("Weights"))
    assert spec.input.sizes == (2, 3, 2)
    parent = etree.Element("Mine")
    node = netspec.tmva.add_weights_xml_to(parent, spec, weights)
    assert [node.get(f"Input{k}") for k in ("Depth", "Height", "Width")] == ["2", "3", "2"]


def test_a_first_reshape_is_the_shape_of_the_input_or_a_layer():
    root = etree.parse(str(fixtures.path("reshape_layer"))).getroot()
    spec, weights, _ = netspec.tmva.read_weights_from_xml(root.find("Weights"))
    assert spec.input.sizes == (6,)
    assert spec.layers[0].type == "reshape"
    found = netspec.build(spec, weights=weights)(fixtures.inputs("reshape_layer"))
    assert numpy.abs(found - fixtures.outputs("reshape_layer")).max() < 2e-6


def test_a_refusal_leaves_the_document_as_it_was():
    parent = etree.Element("Mine")
    layers = [{"type": "gru", "units": 2, "direction": "both"}, {"type": "dense", "units": 1}]
    spec = netspec.NetworkSpec(input={"steps": 2, "features": 1}, layers=layers)
    with pytest.raises(FormatError, match="gru_1/direction"):
        netspec.tmva.add_weights_xml_to(parent, spec, netspec.build(spec).weights)
    with pytest.raises(WeightsError, match="gru_1/W"):
        netspec.tmva.add_weights_xml_to(parent, SPEC, {})
    assert len(parent) == 0


@pytest.mark.filterwarnings("ignore:.*several variables go by the name")
def test_a_transformation_has_no_place_in_the_element():
    model = netspec.read(fixtures.path("normalize_arrays"))
    with pytest.raises(FormatError, match="normalize_1: a transformation stands outside"):
        netspec.tmva.add_weights_xml_to(etree.Element("Mine"), model.spec, model.weights)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<Other/>", "wanted a <Weights> element"),
        ("<Weights/>", "wanted the attribute InputDepth"),
        ("<Weights><A/></Weights>", "wanted the attribute InputDepth"),
    ],
)
def test_another_element_is_refused(text, message):
    with pytest.raises(FormatError, match=message):
        netspec.tmva.read_weights_from_xml(etree.fromstring(text))


def test_an_error_names_the_line_in_the_users_document(tmp_path):
    path = tmp_path / "mine.xml"
    text = fixtures.text("lstm").replace('<ForgetBiases Rows="2"', '<ForgetBiases Rows="3"')
    path.write_text(text)
    line = text[: text.index("<ForgetBiases")].count("\n") + 1
    node = etree.parse(str(path)).getroot().find("Weights")
    with pytest.raises(FormatError, match=rf"mine\.xml:{line}: <ForgetBiases>"):
        netspec.tmva.read_weights_from_xml(node)


@pytest.mark.parametrize(
    ("shape", "first", "layout"),
    [
        ((5,), [], (1, 7, 5)),  # of rows one matrix, a row for each event
        ((4, 3), [{"type": "rnn", "units": 2}], (7, 4, 3)),
        ((2, 3, 5), [{"type": "convolution", "filters": 2, "kernel": [2, 2]}], (7, 2, 15)),
    ],
)
def test_a_batch_is_laid_out_as_the_first_layer_takes_it(shape, first, layout):
    rows = [*first, *[{"type": "flatten"}] * (len(shape) == 3), {"type": "dense", "units": 1}]
    training = {"loss": "cross_entropy", "batch_size": 7}
    output = {"activation": "sigmoid"}
    spec = netspec.NetworkSpec(
        input={"shape": list(shape)}, layers=rows, output=output, training=training
    )
    weights = netspec.build(spec).weights
    node = netspec.tmva.add_weights_xml_to(etree.Element("Mine"), spec, weights)
    assert tuple(int(node.get(f"Batch{axis}")) for axis in ("Depth", "Height", "Width")) == layout


def test_a_first_reshape_is_the_shape_of_the_input_and_no_element():
    rows = [{"type": "reshape", "shape": [4, 3]}, {"type": "rnn", "units": 2}]
    spec = netspec.NetworkSpec(input={"shape": [12]}, layers=rows)
    weights = netspec.build(spec).weights
    node = netspec.tmva.add_weights_xml_to(etree.Element("Mine"), spec, weights)
    assert [child.tag for child in node] == ["RNNLayer"]
    assert netspec.tmva.read_weights_from_xml(node).spec.input.sizes == (4, 3)
