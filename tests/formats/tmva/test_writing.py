"""What is written: every bit of every weight, ROOT's form, and a word about all that is lost."""

from __future__ import annotations

import re
import warnings

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from lxml import etree

import netspec
from netspec import resources
from netspec.errors import FormatError, LossWarning, WeightsError
from netspec.formats import Extras, read, tmva
from netspec.formats.model import Golden
from tests.formats.tmva import fixtures

# The fixture with normalised arrays, of which ROOT's Reader takes the first element for all.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*several variables go by the name"),
    pytest.mark.filterwarnings("ignore:.*ROOT's Reader takes bands of pixels"),
    pytest.mark.filterwarnings("ignore:a TMVA file does not hold. which"),
    # The one whose channels ROOT's Reader takes for bands.
    pytest.mark.filterwarnings("ignore:a TMVA file does not hold. that batch_norm"),
]

F = numpy.float32
SCHEMA = etree.XMLSchema(etree.parse(str(resources.schema("tmva.xsd"))))
STACK = [
    {"type": "lstm", "units": 2, "return_sequences": True},
    {"type": "gru", "units": 3, "reset_after": True, "return_sequences": True},
    {"type": "rnn", "units": 2, "remember_state": True, "return_sequences": True},
    {"type": "flatten"},
    {"type": "dense", "units": 3, "activation": "softsign"},
    {"type": "dense", "units": 1},
]


def spec_of(layers, **more):
    variables = [{"name": f"v{k}", "minimum": -1.5} for k in range(6)]
    reshape = [{"type": "reshape", "shape": [3, 2]}]
    data = {"input": {"variables": variables}, "layers": reshape + layers}
    output = {"activation": "sigmoid", "classes": ["Signal", "Background"]}
    return netspec.NetworkSpec(**data | {"output": output} | more)


def written(spec, weights=None, extras=None):
    if weights is None:
        weights = netspec.build(spec, seed=3).weights
    return b"".join(tmva.write(spec, weights, extras or Extras()))


def test_every_bit_of_every_weight_comes_back():
    spec = spec_of(STACK)
    shapes = {name: param.shape for name, param in spec.parameters().items()}
    strange = [0.0, -0.0, 1.4e-45, -1.1754942e-38, 3.4028235e38, -3.4028235e38, 1.0, 0.1]
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.sampled_from(
        [float(F(value)) for value in strange]
    )
    drawn = st.fixed_dictionaries(
        {name: arrays.arrays(F, shape, elements=finite) for name, shape in shapes.items()}
    )

    @settings(max_examples=30)
    @given(drawn)
    def holds(weights):
        data = written(spec, weights)
        again = read(data)
        assert {k: a.tobytes() for k, a in again.weights.items()} == {
            k: a.tobytes() for k, a in weights.items()
        }
        assert again.spec.layers == spec.layers
        assert written(*again) == data

    holds()


RELEASED = [n for n in fixtures.NAMES if not re.search("pre_release|remember|old_form", n)]


@pytest.mark.parametrize("name", RELEASED)
def test_a_file_that_was_read_is_written_as_it_was(name):
    again = written(*read(fixtures.path(name))).decode().splitlines()
    for line, was in zip(again, fixtures.text(name).splitlines(), strict=True):
        if re.match(r" *-?\d", was):
            # The nine digits of the float32 that the seven stand for.
            nine = "  ".join(f"{F(float(token)):.8e}" for token in was.split())
            assert line == f"        {nine}  "
        else:
            assert line.replace(' UseOffsetOrNot="UseOffset"', "") == was.replace(
                ' UseOffsetOrNot="UseOffset"', ""
            )


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_file_written_gives_the_same_outputs_and_the_same_file(name):
    first = netspec.load(fixtures.path(name))
    data = written(first.spec, first.weights, first.extras)
    second = netspec.load(data)
    x = fixtures.inputs(name)
    assert second(x).tobytes() == first(x).tobytes()
    assert second.spec == first.spec
    assert written(second.spec, second.weights, second.extras) == data


@pytest.mark.parametrize("name", fixtures.NAMES)
def test_a_file_written_passes_the_schema(name):
    data = written(*read(fixtures.path(name)))
    SCHEMA.assertValid(etree.fromstring(data))


def test_the_schema_refuses_a_file_with_a_layer_too_few_attributes():
    text = fixtures.text("gru").replace(' ResetGateAfter="0"', "")
    assert not SCHEMA.validate(etree.fromstring(text.encode()))


def test_a_pre_release_file_is_written_in_the_order_that_root_reads():
    text = written(*read(fixtures.path("lstm_pre_release"))).decode()
    assert '<InputStateWeights Rows="2" Columns="4">' in text
    assert '<OuputWeights Rows="2" Columns="2">' in text
    assert 'ReturnSequence="1"' in text


def test_numbers_have_nine_digits_and_two_blanks_behind_them():
    text = written(spec_of(STACK)).decode()
    line = text.split("<Biases")[1].split("\n")[1]
    assert re.fullmatch(r" {8}(-?\d\.\d{8}e[+-]\d\d  )+", line)


def test_the_same_model_gives_the_same_bytes_and_nobody_is_named():
    spec = spec_of(STACK)
    data = written(spec)
    assert data == written(spec)
    assert data.startswith(b'<?xml version="1.0"?>\n<MethodSetup Method="DL::network">\n')
    assert b'<Info name="Date" value="not recorded"/>' in data
    assert b'<Info name="TrainingTime" value="-1.00000000e+00"/>' in data


def test_a_network_made_here_has_roots_options():
    text = written(spec_of(STACK, seed=7)).decode()
    layout = (
        "LSTM|2|2|3|0|1,GRU|3|2|3|0|1|1,RNN|2|3|3|1|1,RESHAPE|FLAT,DENSE|3|SOFTSIGN,DENSE|1|LINEAR"
    )
    assert f'<Option name="Layout" modified="Yes">{layout}</Option>' in text
    assert '<Option name="InputLayout" modified="Yes">3|2</Option>' in text
    assert '<Option name="RandomSeed" modified="Yes">7</Option>' in text
    assert '<Option name="Architecture" modified="No">CPU</Option>' in text
    assert "TrainingStrategy" not in text


def test_changing_the_spec_changes_what_is_written():
    spec, _, extras = read(fixtures.path("lstm"))
    layers = [*spec.layers[:-2], spec.layers[-2].model_copy(update={"units": 5}), spec.layers[-1]]
    changed = netspec.NetworkSpec.from_data(
        spec.to_data() | {"layers": [layer.model_dump(mode="json") for layer in layers]}
    )
    text = written(changed, None, extras).decode()
    assert "LSTM|2|3|4|0|1,RESHAPE|FLAT,DENSE|5|TANH,DENSE|1|LINEAR</Option>" in text
    assert '<Info name="ROOT Release" value="6.22/06 [398854]"/>' in text


def test_a_sequence_becomes_a_row_of_array_variables():
    spec = netspec.NetworkSpec(
        input={"steps": 3, "features": 2},
        layers=[{"type": "gru", "units": 2}, {"type": "dense", "units": 1}],
        output={"activation": "sigmoid"},
    )
    network = netspec.build(spec, seed=1)
    with pytest.warns(LossWarning, match="an event of 3 x 2 becomes a row of variables"):
        data = written(spec, network.weights)
    again = netspec.load(data)
    assert [(v.name, v.size) for v in again.spec.input.variables] == [
        ("vars_time0", 2), ("vars_time1", 2), ("vars_time2", 2)
    ]  # fmt: skip
    x = numpy.arange(12, dtype=F).reshape(2, 3, 2) / 7
    assert again(x.reshape(2, 6)).tobytes() == network(x).tobytes()


def test_layers_without_an_element_are_folded_into_their_neighbours():
    folded = [
        {"type": "lstm", "units": 2, "return_sequences": True},
        {"type": "last_step"},
        {"type": "dropout", "rate": 0.5},
        {"type": "dense", "units": 3},
        {"type": "activation", "activation": "gauss"},
        {"type": "dense", "units": 1, "bias": False},
    ]
    spec = spec_of(folded)
    network = netspec.build(spec, seed=1)
    with pytest.warns(LossWarning) as caught:
        again = netspec.load(written(spec, network.weights))
    assert len(caught) == 1
    for word in ("last_step_1", "dropout_1", "activation_1", "dense_2: no bias"):
        assert word in str(caught[0].message)
    assert [layer.type for layer in again.spec.layers] == ["reshape", "lstm", "dense", "dense"]
    x = numpy.arange(18, dtype=F).reshape(3, 6) / 7
    assert again(x).tobytes() == network(x).tobytes()


def test_all_that_is_lost_is_said_in_one_warning():
    spec = spec_of([{"type": "flatten"}, {"type": "dense", "units": 1, "name": "last"}])
    weights = netspec.build(spec).weights
    golden = Golden(numpy.zeros((1, 6), F), numpy.zeros((1, 1), F), None, "numpy", "0", 1e-5)
    extras = Extras(metadata={"author": "me"}, golden=golden, history={"loss": (1.0,)})
    with pytest.warns(LossWarning) as caught:
        written(spec, weights, extras)
    assert len(caught) == 1
    for word in ("'last'", "golden", "author", "history of the training"):
        assert word in str(caught[0].message)


def test_a_network_that_fits_is_written_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written(spec_of(STACK))


REFUSED = {
    "lstm_1/direction": {"type": "lstm", "units": 2, "direction": "reverse"},
    "lstm_1/activation": {"type": "lstm", "units": 2, "activation": "relu"},
    "gru_1/gate_activation": {"type": "gru", "units": 2, "gate_activation": "hard_sigmoid"},
    "lstm_1/forget_bias": {"type": "lstm", "units": 2, "forget_bias": 1.0},
    "rnn_1/b_state": {"type": "rnn", "units": 2, "state_bias": True},
    "lstm_1/c0": {"type": "lstm", "units": 2, "initial_state": "learned", "initial_value": 0.5},
    "bidirectional_1": {"type": "bidirectional", "layers": [{"type": "gru", "units": 2}]},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_an_output_is_refused_by_name(name):
    spec = spec_of([REFUSED[name], {"type": "dense", "units": 1}])
    weights = dict(netspec.build(spec).weights)
    if "rnn_1/b_state" in weights:
        weights["rnn_1/b_state"] = numpy.array([0, 1e-30], F)
    if "lstm_1/h0" in weights:
        weights["lstm_1/h0"] = numpy.zeros(2, F)
    with pytest.raises(FormatError, match=re.escape(name)):
        written(spec, weights)


def test_zeros_that_tmva_has_no_place_for_are_left_out():
    cell = {"type": "gru", "units": 2, "state_bias": True, "initial_state": "constant"}
    spec = spec_of([cell, {"type": "dense", "units": 1}])
    network = netspec.build(spec, seed=1)
    assert not network.weights["gru_1/b_state"].any()
    with pytest.warns(LossWarning, match="gru_1/b_state: left out"):
        again = netspec.load(written(spec, network.weights))
    x = numpy.arange(12, dtype=F).reshape(2, 6) / 7
    assert numpy.abs(again(x) - network(x)).max() < 1e-6


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"dtype": "float64"}, "dtype: TMVA computes in float32"),
        ({"output": {"activation": "tanh"}}, "output/activation: TMVA has no 'tanh'"),
        ({"tmva": {"H": "a:b"}}, "tmva"),
        ({"tmva": {"H": "a\x01b"}}, "cannot hold a text"),
        ({"layers": [{"type": "dense", "units": 2}], "output": {"activation": "elu"}}, "elu"),
        ({"layers": [{"type": "dense", "units": 3, "activation": "elu"}]}, "dense_1/activation"),
        (
            {"layers": [{"type": "dense", "units": 3}], "output": {"analysis": "classification"}},
            "output: TMVA returns one number",
        ),
        (
            {"layers": [{"type": "dense", "units": 3}], "output": {"first": 2}},
            "output/first: TMVA returns all 3",
        ),
    ],
)
def test_a_spec_that_tmva_cannot_say_is_refused(more, word):
    layers = [{"type": "dense", "units": 1}]
    data = {"input": {"shape": [4]}, "layers": layers, "output": {}} | more
    with pytest.raises(FormatError, match=word):
        written(netspec.NetworkSpec(**data))


def test_any_number_of_steps_is_refused():
    spec = netspec.NetworkSpec(
        input={"features": 2}, layers=[{"type": "gru", "units": 2}, {"type": "dense", "units": 1}]
    )
    with pytest.raises(FormatError, match="give `steps`"):
        written(spec)


def test_a_sequence_into_a_dense_layer_is_refused():
    with pytest.raises(FormatError, match=r"dense_1: .* put a flatten layer before it"):
        written(spec_of([{"type": "dense", "units": 2}, {"type": "flatten"}], output={}))


@pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
def test_what_root_cannot_read_is_refused(value):
    spec = spec_of([{"type": "flatten"}, {"type": "dense", "units": 1}])
    weights = dict(netspec.build(spec).weights)
    weights["dense_1/b"] = numpy.array([value], F)
    with pytest.raises(FormatError, match="dense_1/b: wanted finite numbers"):
        written(spec, weights)


def test_weights_are_not_rounded_on_the_way():
    spec = spec_of([{"type": "flatten"}, {"type": "dense", "units": 1}])
    weights = {k: a.astype("float64") for k, a in netspec.build(spec).weights.items()}
    assert written(spec, weights) == written(spec, netspec.build(spec).weights)
    weights["dense_1/b"] += 0.1
    with pytest.raises(WeightsError, match="rounding"):
        written(spec, weights)


def test_a_name_with_marks_of_xml_comes_back():
    spec = netspec.NetworkSpec(
        name="a<b>&\"c'",
        input={"variables": [{"name": "x<y", "expression": 'f("x")&y', "unit": "µm"}]},
        layers=[{"type": "dense", "units": 1}],
    )
    again = read(written(spec)).spec
    assert again.name == spec.name
    assert again.input == spec.input


def test_normalised_targets_are_one_transformation_with_the_variables():
    model = read(fixtures.path("regression_normalize"))
    text = written(*model).decode()
    assert text.count("<Transform ") == 1
    apart = model.spec.model_copy(
        update={"tmva": dict(model.spec.tmva, VarTransform="N(_V_)+N(_T_)")}
    )
    text = written(apart, model.weights, model.extras).decode()
    assert text.count("<Transform ") == 2
    again = netspec.load(text.encode())
    x = fixtures.inputs("regression_normalize")
    assert numpy.abs(again(x) - fixtures.outputs("regression_normalize")).max() < 1e-5


def test_a_normalisation_of_every_step_is_one_of_every_variable():
    spec = netspec.NetworkSpec(
        input={"steps": 3, "variables": [{"name": "pt"}, {"name": "eta"}]},
        layers=[
            {"type": "normalize", "inputs": [1, 0]},
            {"type": "gru", "units": 2},
            {"type": "dense", "units": 1},
        ],
    )
    weights = dict(netspec.build(spec, seed=1).weights)
    weights["normalize_1/minimum"] = numpy.array([-1, 2.5], F)
    weights["normalize_1/maximum"] = numpy.array([3, 4], F)
    with pytest.warns(LossWarning, match="becomes a row of variables"):
        again = netspec.load(written(spec, weights))
    assert [v.name for v in again.spec.input.variables][:3] == ["pt_time0", "eta_time0", "pt_time1"]
    assert again.spec.layers[0].inputs == (1, 0, 3, 2, 5, 4)
    x = numpy.arange(12, dtype=F).reshape(2, 3, 2) / 7
    assert again(x.reshape(2, 6)).tobytes() == netspec.build(spec, weights=weights)(x).tobytes()


@pytest.mark.parametrize("limit", [numpy.nan, numpy.inf, -1.0])
def test_ranges_that_nothing_can_be_divided_by_are_refused(limit):
    spec, weights, extras = read(fixtures.path("normalize_arrays"))
    weights = dict(weights, **{"normalize_1/minimum": numpy.full(5, -1, F)})
    weights["normalize_1/maximum"] = numpy.array([1, 1, limit, 1, 1], F)
    with pytest.raises(FormatError, match="normalize_1: wanted finite limits that differ"):
        written(spec, weights, extras)


def test_ranges_kept_of_other_classes_never_take_the_place_of_those_in_use():
    spec, weights, extras = read(fixtures.path("normalize_arrays"))
    assert "tmva/Transform 0/Class 0" in extras.metadata
    changed = {"output": {"analysis": "regression"}, "training": None}
    other = netspec.NetworkSpec.from_data(spec.to_data() | changed)
    again = read(written(other, weights, extras))
    for key in ("normalize_1/minimum", "normalize_1/maximum"):
        assert again.weights[key].tobytes() == weights[key].tobytes()


def test_what_a_file_said_survives_netspecs_own_xml(tmp_path):
    network = netspec.load(fixtures.path("regression_normalize"))
    network.save(tmp_path / "own.xml")
    network.save(tmp_path / "straight.xml", format="tmva")
    netspec.load(tmp_path / "own.xml").save(tmp_path / "around.xml", format="tmva")
    assert (tmp_path / "around.xml").read_bytes() == (tmp_path / "straight.xml").read_bytes()


def test_a_spec_comes_back_as_it_was():
    training = {"optimizer": {"type": "sgd", "momentum": 0.5}, "epochs": 7, "patience": 3}
    spec = spec_of(
        STACK,
        training=training | {"rules": "tmva"},
        initializers={"W": "tmva_gauss", "U": "tmva_gauss"},
        seed=5,
        name="mine",
        tmva={"H": "True"},
    )
    output = spec.output.model_copy(update={"analysis": "classification"})
    assert read(written(spec)).spec == spec.model_copy(update={"output": output})


@pytest.mark.parametrize("layers", [[{"type": "dropout", "rate": 0.5}]])
def test_a_network_of_nothing_that_has_an_element_is_refused(layers):
    spec = netspec.NetworkSpec(input={"shape": [2]}, layers=layers)
    with pytest.raises(FormatError, match="layers: wanted a layer that TMVA has an element for"):
        written(spec, {})


def test_dropout_before_the_flattening_of_an_image_does_not_matter():
    layers = [{"type": "dropout", "rate": 0.5}, {"type": "flatten"}, {"type": "dense", "units": 1}]
    spec = netspec.NetworkSpec(input={"shape": [2, 3, 4]}, layers=layers)
    with pytest.warns(LossWarning, match="dropout is not stored"):
        root = etree.fromstring(written(spec))
    assert [node.tag for node in root.find("Weights")] == ["ReshapeLayer", "DenseLayer"]
