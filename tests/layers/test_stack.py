"""Layers in a row: names, shapes that do not meet, merges, and what refuses what."""

import time

import numpy as np
import pytest
from pydantic import ValidationError

from netspec import NetworkSpec
from netspec.errors import SpecError
from netspec.layers import stack
from tests.asking import layers_of


def names(*rows):
    return [layer.name for layer in layers_of(list(rows))]


def refused(message, *rows, given=(4, 3)):
    """Assert that a spec of these rows is refused with this message; give the path."""
    with pytest.raises(SpecError, match=message) as error:
        NetworkSpec(input={"shape": given}, layers=list(rows))
    return error.value.problems[0].path


LSTM = {"type": "lstm", "units": 2}
SEQUENCE = LSTM | {"return_sequences": True}
DENSE = {"type": "dense", "units": 2}


def test_layers_without_a_name_are_counted_by_type():
    assert names(SEQUENCE, DENSE, LSTM, DENSE) == ["lstm_1", "dense_1", "lstm_2", "dense_2"]


def test_a_name_that_is_taken_is_passed_over():
    assert names(SEQUENCE | {"name": "lstm_2"}, SEQUENCE, LSTM) == ["lstm_2", "lstm_1", "lstm_3"]


def test_a_name_used_twice_is_refused():
    path = refused("name of its own.*'a'", DENSE | {"name": "a"}, DENSE | {"name": "a"})
    assert path == ("layers", 1, "name")


def test_inner_stacks_name_their_own():
    rows = [{"type": "bidirectional", "layers": [SEQUENCE, LSTM]}]
    parameters = stack.parameters(layers_of(rows), (4, 3))
    assert list(parameters)[:2] == [
        "bidirectional_1/forward/lstm_1/W",
        "bidirectional_1/forward/lstm_1/U",
    ]
    assert parameters["bidirectional_1/reverse/lstm_2/W"].shape == (4, 2, 2)


@pytest.mark.parametrize("name", ["a/b", "1st", "", "a b", "x" * 101, "é"])
def test_names_that_a_file_could_not_hold_are_refused(name):
    rows = [DENSE | {"name": name}]
    if name:
        with pytest.raises(ValidationError):
            layers_of(rows)
    else:
        assert names(*rows) == ["dense_1"]


@pytest.mark.parametrize("row", [LSTM, {"type": "gru", "units": 2}, {"type": "rnn", "units": 2}])
def test_a_recurrent_layer_wants_steps_and_features(row):
    assert refused("(steps, features)", DENSE, row, given=(3,))[:2] == ("layers", 1)


@pytest.mark.parametrize(
    "row", [{"type": "last_step"}, {"type": "bidirectional", "layers": [LSTM]}]
)
def test_what_reads_sequences_refuses_flat_events(row):
    refused("(steps, features)", row, given=(3,))


def test_a_layer_after_the_end_of_a_sequence_names_itself():
    assert refused("found", LSTM, LSTM)[:2] == ("layers", 1)


def test_reshape_wants_as_many_numbers():
    path = refused("12 numbers", {"type": "reshape", "shape": [5, 2]})
    assert path == ("layers", 0, "shape")


@pytest.mark.parametrize("row", [{"type": "flatten"}, {"type": "reshape", "shape": [6]}])
def test_a_shape_of_unknown_steps_cannot_be_changed(row):
    with pytest.raises(SpecError, match="steps"):
        NetworkSpec(input={"features": 3}, layers=[row])


def test_a_bidirectional_layer_refuses_layers_that_read_in_reverse_by_name():
    row = LSTM | {"direction": "both", "name": "inner"}
    path = refused("'inner'", {"type": "bidirectional", "layers": [row]})
    assert path[:4] == ("layers", 0, "layers", 0)


def test_errors_inside_a_bidirectional_layer_are_found_there():
    path = refused("found", {"type": "bidirectional", "layers": [LSTM, LSTM]})
    assert path[:4] == ("layers", 0, "layers", 1)


def test_a_layer_of_no_layers_is_refused():
    with pytest.raises(ValidationError):
        layers_of([{"type": "bidirectional", "layers": []}])


@pytest.mark.parametrize("merge", ["sum", "mean", "mul"])
def test_merged_directions_keep_the_width_and_concatenated_ones_double_it(merge):
    for row in (LSTM | {"direction": "both"}, {"type": "bidirectional", "layers": [LSTM]}):
        assert stack.output_shape(layers_of([row | {"merge": merge}]), (4, 3)) == (2,)
        assert stack.output_shape(layers_of([row]), (4, 3)) == (4,)


def test_a_padded_step_is_zero_after_every_layer(b):
    rows = [DENSE | {"activation": "sigmoid"}, {"type": "activation", "activation": "gauss"}]
    p = {"dense_1/W": np.ones((2, 3)), "dense_1/b": np.ones(2)}
    x, lengths = np.ones((2, 4, 3)), np.array([4, 1])
    for k in (1, 2):
        y, _, valid = stack.apply(layers_of(rows[:k]), b, p, x, lengths=lengths)
        assert valid is lengths
        assert np.all(y[0])
        assert not np.any(y[1, 1:])
    _, _, valid = stack.apply(layers_of([*rows, {"type": "last_step"}]), b, p, x, lengths=lengths)
    assert valid is None


@pytest.mark.parametrize("units", [0, -1, 2**31, 1.5, "3", True, None])
def test_sizes_are_whole_positive_numbers(units):
    with pytest.raises(ValidationError):
        layers_of([{"type": "lstm", "units": units}])


def test_parameters_say_their_gates_and_what_is_trained():
    row = LSTM | {"initial_state": "constant", "state_bias": True}
    table = stack.parameters(layers_of([row]), (4, 3))
    assert {name for name, param in table.items() if param.blocks} == {
        f"lstm_1/{name}" for name in ("W", "U", "b", "b_state")
    }
    assert table["lstm_1/W"].blocks == ("i", "f", "c", "o")
    assert not table["lstm_1/h0"].trainable
    gru = stack.parameters(layers_of([{"type": "gru", "units": 2}]), (4, 3))
    assert gru["gru_1/W"].blocks == ("r", "u", "c")


def test_names_of_a_hundred_thousand_layers_are_compared_quickly():
    layers = layers_of([DENSE | {"name": "a"}, DENSE]) * 50_000
    began = time.perf_counter()
    assert len(stack.names_used_twice(layers)) == 99_998
    assert time.perf_counter() - began < 10  # comparing each with each takes minutes


@pytest.mark.parametrize("name", [[], {}, 0, False])
def test_a_name_that_is_no_text_is_refused_and_not_replaced(name):
    assert refused("wanted a name of letters", DENSE | {"name": name}) == ("layers", 0, "name")


def test_layers_may_come_from_a_generator():
    spec = NetworkSpec(input={"shape": (4, 3)}, layers=(row for row in (SEQUENCE, DENSE)))
    assert [layer.name for layer in spec.layers] == ["lstm_1", "dense_1"]
