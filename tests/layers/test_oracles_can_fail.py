"""The stored numbers tell right from wrong: every planted error moves an answer by far.

An error is planted in the weights or input that a right layer is given (which is the same as a
layer that reads them wrongly), or in the sweep itself.
"""

from itertools import combinations

import numpy as np
import pytest

from netspec.layers import recurrent
from netspec.layers.gru import GRU
from netspec.layers.lstm import LSTM
from netspec.layers.rnn import RNN
from tests.asking import TOLERANCE, agrees, answer, arrays, every_case, stored, worst

FAR = 1e-3
RAGGED = "both_concat_every_step_ragged_from_state"
CASES = {
    "rnn": stored("rnn")[RAGGED],
    "lstm": stored("lstm")[RAGGED],
    "gru after": stored("gru")[f"after_{RAGGED}"],
    "gru before": stored("gru")[f"before_{RAGGED}"],
}
every_cell = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def changed(case, change, *names):
    """Give the case with the weights of these last names changed."""
    weights = {
        name: change(value) if name.rsplit("/", 1)[-1] in names else value
        for name, value in arrays(case["weights"]).items()
    }
    return {**case, "weights": weights}


def outputs_move(case, wrong):
    """Assert that the outputs themselves, not only gradients, leave the stored ones by far."""
    got = answer(wrong)
    assert worst({"y": got["y"]}, case) > FAR > 1e6 * TOLERANCE


@pytest.mark.parametrize("case", every_case())
def test_a_stored_question_tells_its_sizes_and_biases_apart(case):
    weights, sizes = arrays(case["weights"]), [case["batch"], *case["shape"]]
    if any(name.endswith("/U") for name in weights):
        sizes += [min(array.shape[-1] for name, array in weights.items() if name.endswith("/U"))]
    assert len(set(sizes)) == len(sizes)
    for name, array in weights.items():
        if name.rsplit("/", 1)[-1] in ("b", "b_state"):
            assert np.abs(array).min() > 0.05, name
            assert len(np.unique(array)) == array.size, name


@every_cell
def test_the_gates_of_a_stored_question_are_well_spread(case):
    y = arrays(case["y"])
    valid = y[np.abs(y) > 0]
    assert valid.max() - valid.min() > 0.8
    assert np.std(valid) > 0.2


@every_cell
def test_nothing_planted_agrees(case):
    agrees(answer(case), case)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [("lstm", *pair) for pair in combinations(range(4), 2)]
    + [(kind, *pair) for kind in ("gru after", "gru before") for pair in combinations(range(3), 2)],
)
def test_swapped_gates_are_noticed(kind, one, other):
    def swap(block):
        order = list(range(len(block)))
        order[one], order[other] = other, one
        return block[order]

    outputs_move(CASES[kind], changed(CASES[kind], swap, "W", "U", "b"))


@every_cell
def test_a_transposed_recurrent_matrix_is_noticed(case):
    outputs_move(case, changed(case, lambda U: np.swapaxes(U, -1, -2), "U"))


@every_cell
def test_a_dropped_bias_is_noticed(case):
    outputs_move(case, changed(case, np.zeros_like, "b"))


@pytest.mark.parametrize("gate", range(4))
def test_one_gate_without_its_bias_is_noticed(gate):
    def drop(bias):
        bias[gate] = 0
        return bias

    outputs_move(CASES["lstm"], changed(CASES["lstm"], drop, "b"))


def test_two_biases_in_each_others_place_are_noticed_where_it_matters():
    case = stored("gru")["after_two_biases"]
    weights = dict(case["weights"])
    one, other = "gru_1/b", "gru_1/b_state"
    weights[one], weights[other] = weights[other], weights[one]
    outputs_move(case, {**case, "weights": weights})


def test_a_reset_on_the_wrong_side_of_the_product_is_noticed():
    case = CASES["gru after"]
    rows = [{**case["layers"][0], "reset_after": False}]
    outputs_move(case, {**case, "layers": rows})


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
@pytest.mark.parametrize("name", ["reverse_every_step_ragged_from_state", "reverse_end"])
def test_a_reversal_that_does_not_reverse_is_noticed(kind, name):
    case = stored(kind)[name]
    rows = [{**case["layers"][0], "direction": "forward"}]
    outputs_move(case, {**case, "layers": rows})


@pytest.mark.parametrize(
    "case", stored("bidirectional").values(), ids=stored("bidirectional").keys()
)
def test_two_stacks_that_both_read_forward_are_noticed(case, monkeypatch):
    monkeypatch.setattr("tests.asking.NUMPY.reverse", lambda x, lengths: x)
    outputs_move(case, case)


@every_cell
def test_a_reversal_that_forgets_the_lengths_is_noticed(case):
    outputs_move(case, {**case, "lengths": None})


@every_cell
def test_directions_in_each_others_place_are_noticed(case):
    other = {"forward": "reverse", "reverse": "forward"}
    weights = {
        "/".join(other.get(part, part) for part in name.split("/")): value
        for name, value in case["weights"].items()
    }
    outputs_move(case, {**case, "weights": weights})


@every_cell
def test_time_shifted_by_one_is_noticed(case):
    outputs_move(case, {**case, "x": np.roll(arrays(case["x"]), 1, axis=1)})


@every_cell
def test_a_state_that_is_not_taken_over_is_noticed(case):
    state = {name: np.zeros_like(value) for name, value in arrays(case["state"]).items()}
    outputs_move(case, {**case, "state": state})


def test_a_forget_bias_that_is_not_added_is_noticed():
    case = stored("lstm")[f"forget_bias_{RAGGED}"]
    outputs_move(case, {**case, "layers": [{**case["layers"][0], "forget_bias": 0.0}]})


def gradients_move(case):
    """Assert that the outputs stay and the gradients leave the stored ones by far."""
    got = answer(case)
    agrees({key: got[key] for key in ("y", "final")}, case)
    assert worst({"gradients": got["gradients"]}, case) > FAR


CLASSES = {"rnn": RNN, "lstm": LSTM, "gru after": GRU, "gru before": GRU}
every_class = pytest.mark.parametrize("kind", CLASSES)


def plant(monkeypatch, kind, change):
    """Let the way back of one cell be the right one with a change to what it gives."""
    right = CLASSES[kind].formula_back

    def wrong(b, cell, p, tape, dy, dfinal, order, mask, k):
        return change(right(b, cell, p, tape, dy, dfinal, order, mask, k), p, order)

    monkeypatch.setattr(CLASSES[kind], "formula_back", staticmethod(wrong))


@every_class
def test_gate_gradients_that_are_never_stored_are_noticed(kind, monkeypatch):
    plant(monkeypatch, kind, lambda d, p, order: d._replace(dz=0 * d.dz))
    gradients_move(CASES[kind])


@every_class
def test_gradients_that_start_from_the_weights_are_noticed(kind, monkeypatch):
    def leak(d, p, order):
        U = d.weights["U"] + recurrent.rows(p["U"])
        return d._replace(weights=d.weights | {"U": U})

    plant(monkeypatch, kind, leak)
    gradients_move(CASES[kind])


@every_class
def test_a_first_step_that_is_never_walked_back_is_noticed(kind, monkeypatch):
    def stop(d, p, order):
        dz = d.dz.copy()
        dz[:, order[0]] = 0
        return d._replace(dz=dz)

    plant(monkeypatch, kind, stop)
    gradients_move(CASES[kind])


@every_class
def test_an_initial_state_without_gradient_is_noticed(kind, monkeypatch):
    plant(
        monkeypatch,
        kind,
        lambda d, p, order: d._replace(start={k: 0 * v for k, v in d.start.items()}),
    )
    gradients_move(CASES[kind])


@every_class
def test_a_recurrent_matrix_that_saw_its_own_step_is_noticed(kind, monkeypatch):
    right = CLASSES[kind].formula_back

    def wrong(b, cell, p, tape, dy, dfinal, order, mask, k):
        d = right(b, cell, p, tape, dy, dfinal, order, mask, k)
        saw = np.stack([row[0] for row in tape], axis=1)
        order_saw = saw if order.step > 0 else saw[:, ::-1]
        own = np.concatenate([order_saw[:, 1:], order_saw[:, :1]], axis=1)
        U = b.outer_sum(d.dz, own)
        return d._replace(weights=d.weights | {"U": U})

    monkeypatch.setattr(CLASSES[kind], "formula_back", staticmethod(wrong))
    gradients_move(CASES[kind])
