"""The check of gradients: right networks pass, planted errors are found where they are."""

import json

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build, resources
from netspec.errors import DataError
from netspec.gradcheck import MOST, gradcheck
from netspec.gradcheck.trial import Trial
from netspec.layers import stack
from netspec.layers.activations import Relu, Tanh
from netspec.layers.lstm import LSTM
from netspec.losses import Loss
from tests.specimens import every_layer, shape_of

STACK = [
    {"type": "gru", "units": 3, "return_sequences": True, "recurrent_dropout": 0.3},
    {"type": "dropout", "rate": 0.2},
    {"type": "lstm", "units": 2, "direction": "both"},
    {"type": "dense", "units": 3, "activation": "tanh"},
]


def spec_of(layers=STACK, **options):
    return NetworkSpec(**({"input": {"features": 2}, "layers": layers} | options))


def of(report):
    """The rows of a report by full name."""
    return {"/".join(filter(None, (row.layer, row.array))): row for row in report.rows}


@every_layer
def test_every_layer_has_right_slopes(row, b):
    report = gradcheck(spec_of([row], input={"shape": shape_of(row)}), backend=b)
    assert report.ok, str(report)
    assert len(report.rows) == len(report.rows and of(report))


@pytest.mark.parametrize("loss", sorted(Loss.kinds))
def test_every_loss_has_right_slopes_behind_an_output_activation(loss, b):
    output = {"activation": "softmax" if loss == "softmax_cross_entropy" else "sigmoid"}
    spec = spec_of(training={"loss": loss}, output=output)
    report = gradcheck(spec, backend=b)
    assert report.what == loss
    assert report.ok, str(report)


@pytest.mark.parametrize("name", ["jets.yaml", "leptons.json", "pulses.toml"])
def test_an_example_has_right_slopes(name):
    report = gradcheck(NetworkSpec.from_file(resources.example(name)), batch=2)
    assert report.ok, str(report)


def test_every_trained_array_and_the_input_are_looked_at_in_their_order():
    spec = spec_of()
    trained = [name for name, param in spec.parameters().items() if param.trainable]
    assert list(of(gradcheck(spec))) == ["x", *trained]


def test_of_a_large_array_some_entries_are_taken_and_the_report_says_so():
    row = of(gradcheck(spec_of([{"type": "lstm", "units": 20}])))["lstm_1/U"]
    assert 80 < row.checked <= MOST < 4 * 20 * 20
    assert row.cells[3] == f"{row.checked} of 1600"


def test_a_layer_can_be_looked_at_alone():
    assert {row.layer for row in gradcheck(spec_of(), layer="dense_1").rows} == {"dense_1"}
    both = {row.layer for row in gradcheck(spec_of(), layer="lstm_1").rows}
    assert both == {"lstm_1/forward", "lstm_1/reverse"}


def test_the_same_seed_gives_the_same_report_and_another_one_another():
    assert gradcheck(spec_of()) == gradcheck(spec_of())
    assert gradcheck(spec_of()).loss != gradcheck(spec_of(), seed=5).loss


def test_the_slopes_are_those_of_training_and_chance_is_held_still():
    trial, still = Trial(spec_of()), Trial(spec_of(STACK[2:]))
    assert trial.loss() == trial.loss()
    rng_free = Trial(spec_of([row | {"recurrent_dropout": 0.0} for row in STACK[:1]]))
    assert rng_free.loss() != Trial(spec_of(STACK[:1])).loss()
    assert still.loss() != trial.loss()


def test_a_network_is_checked_with_its_own_weights():
    network = build(spec_of(dtype="float32"), seed=9)
    trial = Trial(network)
    for name, array in network.weights.items():
        assert trial.arrays[name].tolist() == array.tolist()
    assert gradcheck(network).ok


# Planted errors


def wrong_rows(report):
    assert not report.ok
    return {name for name, row in of(report).items() if not row.ok}


def test_a_slope_that_forgets_a_factor_is_found_from_there_to_the_input(monkeypatch):
    monkeypatch.setattr(Tanh, "back", lambda self, b, x, y, dy: dy * (1 - y))
    layers = [{"type": "dense", "units": 3, "activation": "softsign"}, STACK[3]]
    layers.append({"type": "dense", "units": 2})
    report = gradcheck(spec_of(layers), backend="numpy")
    assert wrong_rows(report) == {"x", "dense_1/W", "dense_1/b", "dense_2/W", "dense_2/b"}
    assert "5 of 7 are WRONG" in str(report)


def test_a_first_step_that_is_never_walked_back_is_found(monkeypatch):
    right = LSTM.formula_back

    def wrong(b, cell, p, tape, dy, dfinal, order, mask, k):
        d = right(b, cell, p, tape, dy, dfinal, order, mask, k)
        dz = d.dz.copy()
        dz[:, order[0]] = 0
        return d._replace(dz=dz)

    monkeypatch.setattr(LSTM, "formula_back", staticmethod(wrong))
    report = gradcheck(spec_of([{"type": "lstm", "units": 2}]), backend="numpy")
    assert wrong_rows(report) == {"x", "lstm_1/W", "lstm_1/b"}


def at_a_kink():
    """A network whose relu stands at 0 exactly, for any input."""
    spec = spec_of([{"type": "dense", "units": 2, "activation": "relu"}], input={"shape": [3]})
    return Network(spec, {"dense_1/W": np.zeros((2, 3)), "dense_1/b": np.zeros(2)})


def test_a_kink_is_told_and_no_fault():
    report = gradcheck(at_a_kink())
    assert report.ok, str(report)
    assert of(report)["dense_1/b"].kinks == 2
    assert "right, 2 at a kink" in str(report)


def test_a_slope_that_is_none_of_a_kink_is_a_fault(monkeypatch):
    monkeypatch.setattr(Relu, "back", lambda self, b, x, y, dy: b.where(x > 0, dy, -dy))
    assert wrong_rows(gradcheck(at_a_kink(), backend="numpy")) == {"dense_1/W", "dense_1/b"}


def test_the_rational_tanh_has_the_slopes_of_tanh_and_is_no_fault(b):
    tanh = {"type": "tanh", "form": "rational"}
    rows = [{"type": "gru", "units": 2, "activation": tanh}, {"type": "dense", "units": 1}]
    spec = spec_of(rows, output={"activation": tanh}, training={"loss": "squared_error"})
    assert gradcheck(spec, backend=b).ok


def test_slopes_through_the_statistics_of_a_batch_are_checked(b):
    rows = [{"type": "batch_norm"}, {"type": "rnn", "units": 3, "return_sequences": True}]
    report = gradcheck(spec_of(rows), backend=b)
    assert report.ok, str(report)
    slope = Trial(spec_of(rows), backend=b).slopes()["x"]
    assert np.abs(slope).max() > 1e-3
    # A shift of all events changes nothing that is normalised by their own mean.
    np.testing.assert_allclose(slope.sum((0, 1)), 0, atol=1e-14)


# The report


def test_what_a_layer_rounds_to_float32_is_no_fault_of_those_before_it(b):
    inner = [{"type": "rnn", "units": 2, "return_sequences": True}, {"type": "normalize"}]
    spec = NetworkSpec(
        input={"steps": 3, "features": 2},
        layers=[
            {"type": "bidirectional", "layers": inner},
            {"type": "normalize"},
            {"type": "last_step"},
        ],
    )
    assert gradcheck(spec, backend=b).ok


def test_the_report_is_a_table_and_plain_data():
    report = gradcheck(spec_of(name="mine"), batch=4)
    text = str(report).splitlines()
    assert text[0].startswith("mine in float64: 4 events, weighted sum of outputs ")
    assert text[2].split() == [
        *("layer", "array", "shape", "checked", "error", "worst", "at", "way", "back"),
        "difference",
    ]
    assert text[-1] == "all slopes are right, to 1e-06 of their size"
    data = json.loads(json.dumps(report.to_data()))
    assert data["ok"] is True
    assert data["rows"][0]["layer"] == ""
    assert data["rows"][0]["shape"] == [4, 5, 2]
    assert len(data["rows"]) == len(report.rows)


def test_where_nothing_is_trained_nothing_is_checked():
    row = {"type": "embedding", "ids": 4, "units": 2, "trainable": False}
    assert str(gradcheck(spec_of([row], name="table"))) == "table: there is no slope to check"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch": 0}, "batch: wanted a whole number from 1 on, found 0"),
        ({"batch": 1.5}, "batch: wanted a whole number from 1 on, found 1.5"),
        ({"steps": 0}, "steps: wanted a whole number from 1 on, found 0"),
        ({"tolerance": 0.0}, "tolerance: wanted a number between 0 and 1, found 0.0"),
        ({"layer": "lstm_2"}, "layer: there is no layer 'lstm_2', did you mean 'lstm_1'?"),
    ],
)
def test_what_cannot_be_asked_is_refused(options, sentence):
    with pytest.raises(DataError) as refused:
        gradcheck(spec_of(), **options)
    assert str(refused.value) == sentence


def test_another_number_of_steps_than_the_specs_is_refused():
    fixed = spec_of(input={"steps": 4, "features": 2})
    assert gradcheck(fixed, steps=4).ok
    with pytest.raises(DataError, match=r"^steps: wanted the 4 of the spec, found 5$"):
        gradcheck(fixed, steps=5)
    assert stack.output_shape(fixed.layers, (4, 2)) == (3,)
