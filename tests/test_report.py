"""What is printed about a network, against numbers counted by hand."""

from __future__ import annotations

import json

import pytest

from netspec import NetworkSpec
from netspec.report import report, shape_text, words


def spec(*layers, given=None, **more):
    return NetworkSpec.from_data(
        {"input": given or {"steps": 10, "features": 30}, "layers": list(layers), **more}
    )


JETS = spec(
    {"type": "lstm", "units": 10, "return_sequences": True},
    {"type": "flatten"},
    {"type": "dense", "units": 64, "activation": "tanh"},
    {"type": "dense", "units": 1},
    name="jets",
    output={"activation": "sigmoid", "classes": ["Signal", "Background"]},
)


def test_parameters_are_counted_layer_by_layer():
    found = report(JETS)
    assert [row.parameters for row in found.rows] == [
        4 * 10 * (30 + 10 + 1),
        0,
        64 * (100 + 1),
        64 + 1,
    ]
    assert found.parameters == 1640 + 6464 + 65
    assert [row.output for row in found.rows] == [(10, 10), (100,), (64,), (1,)]


def test_the_table_is_what_the_head_of_the_file_shows():
    from netspec import report as module

    shown = [line.removeprefix("    ") for line in module.__doc__.splitlines()[2:]]
    assert str(report(JETS)).splitlines() == shown


def test_a_stack_inside_a_layer_is_shown_below_it():
    inner = [{"type": "lstm", "units": 4, "return_sequences": True}, {"type": "gru", "units": 3}]
    found = report(spec({"type": "bidirectional", "layers": inner}, given={"features": 5}))
    [row] = found.rows
    assert [below.name for below in row.layers] == ["lstm_1", "gru_1"]
    assert [below.parameters for below in row.layers] == [4 * 4 * (5 + 4 + 1), 3 * 3 * (4 + 3 + 1)]
    assert row.parameters == 2 * sum(below.parameters for below in row.layers)
    assert (row.reverses, row.layers[0].given, row.layers[1].given) == (True, (None, 5), (None, 4))
    assert "|  |- gru_1" in str(found)
    assert "any x 5" in str(found)


def test_what_is_not_trained_is_counted_apart():
    found = report(spec({"type": "normalize"}, {"type": "dense", "units": 2}, given={"shape": [3]}))
    assert (found.parameters, found.fixed) == (6 + 8, 6)
    assert "6 of them not trained" in found.heading


def test_variables_and_targets_are_listed():
    variables = [
        {"name": "pt", "unit": "GeV", "minimum": 1.5, "maximum": 2e6},
        {"name": "hits", "type": "F[]", "size": 30, "expression": "a*b"},
    ]
    found = report(
        spec(
            {"type": "dense", "units": 1},
            given={"variables": variables},
            output={"targets": [{"name": "mass", "unit": "GeV"}]},
        )
    )
    lines = [line.split() for line in str(found).splitlines()]
    assert ["pt", "F", "GeV", "1.5", "2e+06"] in lines
    assert ["hits", "F[30]", "a*b"] in lines
    assert ["mass", "F", "GeV"] in lines


def test_the_data_for_json_is_plain():
    data = json.loads(json.dumps(report(JETS).to_data(), allow_nan=False))
    assert data["layers"][0]["options"] == {"units": 10, "return_sequences": True}
    assert data["classes"] == ["Signal", "Background"]
    assert data["parameters"] == 8169


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": 3}, "units 3"),
        ({"bias": False, "reset_after": True}, "no bias, reset_after"),
        ({"activation": {"type": "elu", "alpha": 0.5}}, "activation elu (alpha 0.5)"),
        ({"inputs": [1, 2, 3, 4, 5]}, "inputs [1 2 3 4 ...]"),
        ({}, ""),
    ],
)
def test_options_are_said_in_words(options, said):
    assert words(options) == said


def test_a_shape_of_any_length_is_said_in_words():
    assert shape_text((None, 3)) == "any x 3"


def test_of_hundreds_of_variables_the_first_ones_are_shown_and_the_rest_counted():
    spec = NetworkSpec(
        input={"variables": [{"name": f"pixel{k}"} for k in range(784)]},
        layers=[{"type": "dense", "units": 1}],
    )
    text = str(report(spec))
    assert "pixel39" in text
    assert "pixel40" not in text
    assert text.endswith("and 744 more")
    assert len(report(spec).to_data()["variables"]) == 784


def test_arrays_that_are_kept_in_float64_count_with_eight_bytes():
    layers = [{"type": "decorrelate"}, {"type": "dense", "units": 1, "bias": False}]
    spec = NetworkSpec(input={"shape": [3]}, layers=layers)
    assert "12 parameters, 9 of them not trained (84 bytes in float32)" in str(report(spec))


def test_of_outputs_that_are_left_out_it_says_how_many_there_were():
    spec = NetworkSpec(
        input={"shape": [3]},
        layers=[{"type": "dense", "units": 100}],
        output={"activation": "sigmoid", "first": 1, "classes": ["Signal", "Background"]},
    )
    assert report(spec).output == "sigmoid of the first 1 of 100: Signal, Background"
