"""Transformations that no file held before: what is written, and what a reader makes of it."""

from __future__ import annotations

import io
import re

import numpy
import pytest
from lxml import etree

import netspec
from netspec import resources
from netspec.errors import FormatError, LossWarning
from netspec.formats import Extras, read
from tests.formats.tmva.changed_documents import classification, components, gauss, of, regression
from tests.formats.tmva.documents import Draw, normalize

XSD = etree.XMLSchema(etree.parse(str(resources.schema("tmva.xsd"))))
pytestmark = pytest.mark.filterwarnings("ignore:a TMVA file does not hold. input")

GRU = [{"type": "gru", "units": 2}, {"type": "dense", "units": 1}]
SEQUENCE = {"steps": 3, "features": 2}
IMAGE = {"shape": [2, 3, 2]}
N, D, P, R = (
    {"type": "normalize"},
    {"type": "decorrelate"},
    {"type": "pca"},
    {"type": "rearrange", "inputs": [1, 0], "outputs": [0, 1]},
)
G = {"type": "gauss", "bins": [2, 4]}
U = G | {"flat": True}


def weights_of(spec, seed=0):
    """Numbers that take all their digits, ranges of some width, densities that ascend."""
    draw = numpy.random.Generator(numpy.random.PCG64(seed))
    weights = {}
    for name, param in spec.parameters().items():
        array = draw.normal(size=param.shape)
        if name.endswith(("contents", "edges")):
            array = numpy.sort(array)
        array += 4 * (name.endswith("maximum") - name.endswith("minimum"))
        weights[name] = array.astype(param.dtype or spec.dtype)
    return weights


def model_of(layers, given=SEQUENCE, **more):
    more = more or {"output": {"activation": "sigmoid"}}
    spec = netspec.NetworkSpec(input=given, layers=layers, **more)
    return spec, weights_of(spec)


def written(spec, weights, extras=None):
    target = io.BytesIO()
    netspec.write(target, spec, weights, extras or Extras(), format="tmva")
    XSD.assertValid(etree.fromstring(target.getvalue()))
    return target.getvalue()


def booked(data):
    root = etree.fromstring(data)
    return next(o.text for o in root.find("Options") if o.get("name") == "VarTransform")


def names(data):
    return [node.get("Name") for node in etree.fromstring(data).find("Transformations")]


def same_outputs(spec, weights, data):
    x = numpy.random.Generator(numpy.random.PCG64(3)).normal(size=(5, *spec.input.sizes))
    x = x.astype("float32")
    found = netspec.load(data)(x.reshape(5, -1))
    assert found.tobytes() == netspec.build(spec, weights=weights)(x).tobytes()
    assert numpy.ptp(found) > 0


@pytest.mark.parametrize(
    ("layer", "name", "text", "count"),
    [
        (N, "Normalize", "N", 1),
        (G, "Gauss", "G", 1),
        (U, "Gauss", "U", 1),
        (R, "Rearrange", "None", 1),
        (D, "Decorrelation", "D(_V0_,_V1_)+D(_V2_,_V3_)+D(_V4_,_V5_)", 3),
        (P, "PCA", "P(_V0_,_V1_)+P(_V2_,_V3_)+P(_V4_,_V5_)", 3),
        (G | {"inputs": [1], "bins": [3]}, "Gauss", "G(_V1_,_V3_,_V5_)", 1),
    ],
)
def test_once_for_each_step_is_one_of_all_or_one_of_each_step(layer, name, text, count):
    spec, weights = model_of([layer, *GRU])
    data = written(spec, weights)
    assert names(data) == [name] * count
    assert booked(data) == text
    same_outputs(spec, weights, data)


@pytest.mark.parametrize("layer", [N, D, P])
def test_in_front_of_an_image_stands_a_row_that_is_shaped_again(layer):
    front = [{"type": "flatten"}, layer, {"type": "reshape", "shape": [2, 3, 2]}]
    convolution = {"type": "convolution", "filters": 2, "kernel": [2, 2]}
    layers = [*front, convolution, {"type": "flatten"}, {"type": "dense", "units": 1}]
    spec, weights = model_of(layers, IMAGE)
    data = written(spec, weights)
    node = etree.fromstring(data).find("Weights")
    assert [node.get(f"Input{side}") for side in ("Depth", "Height", "Width")] == ["2", "3", "2"]
    assert [child.tag for child in node] == ["ConvLayer", "ReshapeLayer", "DenseLayer"]
    same_outputs(spec, weights, data)
    assert written(*netspec.read(data)) == data


def test_in_front_of_a_sequence_a_row_may_be_shaped_again():
    front = [{"type": "flatten"}, D, N, {"type": "reshape", "shape": [3, 2]}]
    spec, weights = model_of([*front, *GRU])
    data = written(spec, weights)
    assert names(data) == ["Decorrelation", "Normalize"]
    assert booked(data) == "D+N"
    same_outputs(spec, weights, data)


def test_what_is_done_to_every_row_of_an_image_is_one_of_every_number():
    spec, weights = model_of([N, {"type": "flatten"}, {"type": "dense", "units": 1}], IMAGE)
    data = written(spec, weights)
    count = etree.fromstring(data).find("Transformations/Transform/Selection/Input").get("NInputs")
    assert count == "12"
    same_outputs(spec, weights, data)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ([N], [N], "N"),
        ([U], [U], "U"),
        ([U], [N, U], "U+N(_T_)"),
        ([G, N], [N], "G+N"),
        ([G], [N], "G+N(_T_)"),
        ([N], [], "N(_V_)"),
        ([N | {"inputs": [1]}], [N | {"inputs": [0]}], "N(_V1_)+N(_T0_)"),
        ([D, G], [G, N], "D+G+N(_T_)+G(_T_)"),
        ([R, D], [], "D"),
        ([], [P], "P(_T_)"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*ROOT's Reader")
def test_variables_and_targets_are_booked_together_where_that_says_the_same(before, after, text):
    undone = [layer | {"inverse": True} for layer in after]
    layers = [*before, {"type": "dense", "units": 2}, *undone]
    spec, weights = model_of(layers, {"shape": [2]}, output={"analysis": "regression"})
    data = written(spec, weights)
    assert booked(data) == text
    again = netspec.read(data)
    assert [layer.type for layer in again.spec.layers] == [layer.type for layer in spec.layers]
    for name, array in weights.items():
        assert again.weights[name].tobytes() == array.tobytes()
        assert again.weights[name].dtype == array.dtype


def test_numbers_of_double_come_back_with_every_bit():
    sums = numpy.array([[0.1 + 0.2, 2**-60], [numpy.pi, -1e300]])
    spec, weights = model_of([D, {"type": "dense", "units": 1}], {"shape": [2]})
    data = written(spec, weights | {"decorrelate_1/matrix": sums})
    assert b"3.0000000000000004e-01" in data  # for which 16 digits are too few
    assert b"8.673617379884035e-19" in data
    assert netspec.read(data).weights["decorrelate_1/matrix"].tobytes() == sums.tobytes()


@pytest.mark.parametrize(
    ("layer", "name", "value", "message"),
    [
        (D, "decorrelate_1/matrix", numpy.nan, "decorrelate_1/matrix: wanted finite numbers"),
        (P, "pca_1/mean", numpy.inf, "pca_1/mean: wanted finite numbers"),
        (G, "gauss_1/contents", numpy.nan, "gauss_1/contents: wanted finite numbers"),
    ],
)
def test_what_root_could_not_read_or_use_is_refused(layer, name, value, message):
    spec, weights = model_of([layer, {"type": "dense", "units": 1}], {"shape": [2]})
    weights[name].flat[0] = value
    with pytest.raises(FormatError, match=message):
        written(spec, weights)


@pytest.mark.parametrize("layer", [N, D, P, G])
def test_what_is_kept_in_double_on_the_way_is_not_roots(layer):
    spec, weights = model_of(
        [layer | {"working_type": "float64"}, {"type": "dense", "units": 1}], {"shape": [2]}
    )
    with pytest.raises(FormatError, match="working_type: TMVA keeps what it transforms in float32"):
        written(spec, weights)


# What reaches no output


def test_what_is_done_to_spectators_alone_is_written_back():
    draw = Draw(60)
    changes = [
        normalize(draw, of("Variable", "x", "y"), 3)[0],
        components(draw, of("Spectator", "run", "lumi"), 3)[0],
        gauss(draw, of("Variable", "y"), 3)[0],
    ]
    text, _ = classification(
        draw, changes, labels=("x", "y"), spectators=("run", "lumi"), booked="N+P(_S_)+G(y)"
    )
    model = read(text.encode())
    assert [layer.type for layer in model.spec.layers] == ["normalize", "gauss", "dense"]
    data = written(*model)
    assert names(data) == ["Normalize", "PCA", "Gauss"]
    assert changes[1] in data.decode()
    again = read(data)
    assert again.spec == model.spec
    assert again.extras.metadata == model.extras.metadata


def test_what_is_done_to_spectators_keeps_its_order_when_the_numbers_have_gone():
    draw = Draw(60)
    entries = of("Spectator", "run", "lumi")
    changes = [components(draw, entries, 3)[0], gauss(draw, entries, 3)[0]]
    text, _ = classification(draw, changes, labels=("x",), spectators=("run", "lumi"))
    spec, weights, extras = read(text.encode())
    moved = {"tmva/Transform 0": "tmva/Transform 7", "tmva/Transform 1": "tmva/Transform 9"}
    metadata = {moved.get(key, key): value for key, value in extras.metadata.items()}
    assert names(written(spec, weights, extras.replace(metadata=metadata))) == ["PCA", "Gauss"]


def test_the_spectators_of_a_mixed_selection_are_written_back():
    draw = Draw(61)
    entries = [*of("Variable", "y", "x"), *of("Target", "f"), *of("Spectator", "lumi", "run")]
    for kind in (normalize, gauss):
        change, _ = kind(draw, entries, 1)
        text, _ = regression(draw, [change], spectators=("run", "lumi"), booked="N")
        model = read(text.encode())
        before, _, after = model.spec.layers
        assert (before.inputs, after.inputs) == ((1, 0), (1,))
        data = written(*model)
        change = change.replace('"Normalize">', '"Normalize" UseOffsetOrNot="UseOffset">')
        if kind is normalize:
            assert change in data.decode()
        again = read(data)
        assert again.spec == model.spec
        assert again.extras.metadata == model.extras.metadata


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('Type="Spectator" Label="run"', 'Type="Variable" Label="x"'),  # would change an output
        ("<Transform ", "<Class "),
        ("</Transform>", ""),
        ('Name="PCA"', 'Name="Other"'),
        ('Label="run" Expression="run"', 'Label="gone" Expression="gone"'),
        ("<Transform ", "<!DOCTYPE Transform><Transform "),
        ('NRows="1"', 'NRows="2"'),
    ],
)
def test_what_was_kept_and_changed_is_not_written(old, new):
    draw = Draw(62)
    change, _ = components(draw, of("Spectator", "run"), 3)
    text, _ = classification(draw, [change], labels=("x",), spectators=("run",))
    spec, weights, extras = read(text.encode())
    kept = extras.metadata["tmva/Transform 0"]
    assert old in kept
    changed = extras.replace(
        metadata={**extras.metadata, "tmva/Transform 0": kept.replace(old, new)}
    )
    with pytest.warns(LossWarning, match="metadata tmva/Transform 0: it does not fit any more"):
        data = written(spec, weights, changed)
    assert names(data) == []


@pytest.mark.parametrize(
    "line", ["", "0", "5 0 1 2", "x y 1 2", "0 0 1 nan", "0 0 1 2 3", "-1 0 1 2"]
)
def test_lines_of_spectators_that_do_not_fit_are_lost(line):
    draw = Draw(63)
    entries = [*of("Variable", "x"), *of("Spectator", "run")]
    text, _ = classification(draw, [normalize(draw, entries, 3)[0]], ("x",), spectators=("run",))
    spec, weights, extras = read(text.encode())
    key = "tmva/Transform 0/Spectators"
    assert re.fullmatch(r"0 0 \S+ \S+", extras.metadata[key])
    changed = extras.replace(metadata={**extras.metadata, key: line + "\n"})
    with pytest.warns(LossWarning, match="it does not fit any more"):
        data = written(spec, weights, changed)
    assert b"Spectator" not in data.split(b"<Transformations")[1]


@pytest.mark.parametrize("kind", [normalize, gauss, components])
@pytest.mark.parametrize(
    "kept", ["", "1", "nan nan nan", "2 1 1 1 1 1 1 1", "9" * 5000, "x", "1e999 1 1 1"]
)
def test_numbers_kept_of_other_classes_that_do_not_fit_are_those_of_all(kind, kept):
    draw = Draw(64)
    text, _ = classification(draw, [kind(draw, of("Variable", "x", "y"), 3)[0]], ("x", "y"))
    spec, weights, extras = read(text.encode())
    metadata = {**extras.metadata, "tmva/Transform 0/Class 1": kept}
    again = read(written(spec, weights, extras.replace(metadata=metadata)))
    for name, array in weights.items():
        assert again.weights[name].tobytes() == array.tobytes()
    assert again.extras.metadata["tmva/Transform 0/Class 0"] == metadata["tmva/Transform 0/Class 0"]
