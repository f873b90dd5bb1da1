"""The loss of validation, computed from the network's own outputs in plain loops."""

import numpy as np
import pytest

import netspec
from netspec.network import Network
from netspec.settings import Training
from netspec.training.split import split, usable
from tests.training.problems import FEATURES, STEPS, spec_of

EVENTS = 23
LSTM = {"type": "lstm", "units": 3, "recurrent_dropout": 0.3}
OUTPUT = {"activation": "sigmoid", "classes": ["a", "b"]}
FACTORS = {"a": 3.0, "b": 0.5}


def events(seed, steps_of_answers=False):
    """Give everything that events can have beside their inputs."""
    rng = np.random.default_rng(seed)
    shape = (EVENTS, STEPS) if steps_of_answers else (EVENTS,)
    return {
        "x": rng.normal(size=(EVENTS, STEPS, FEATURES)),
        "y": rng.integers(2, size=shape),
        "weights": rng.uniform(0.1, 2, EVENTS),
        "lengths": rng.integers(1, STEPS + 1, EVENTS),
        "state/lstm_1/h": rng.normal(size=(EVENTS, 3)),
        "state/lstm_1/c": rng.normal(size=(EVENTS, 3)),
    }


def loss_of(network, data, factors, rows=None):
    """Give the mean over all valid rows of weight times cross entropy."""
    rows = np.arange(EVENTS) if rows is None else rows
    p = network(
        data["x"][rows], lengths=data["lengths"][rows],
        state={key: data[f"state/{key}"][rows] for key in ("lstm_1/h", "lstm_1/c")},
    )  # fmt: skip
    values = []
    for n, row in enumerate(rows):
        valid = range(data["lengths"][row]) if p.ndim == 3 else [()]
        for step in valid:
            one, y = p[n][step].item(), data["y"][row][step]
            weight = data["weights"][row] * factors["a" if y == 1 else "b"]
            values.append(-weight * np.log(one if y == 1 else 1 - one))
    return np.mean(values)


def trained(b, per_step, data, **settings):
    rows = [LSTM | {"return_sequences": per_step}, {"type": "dense", "units": 1}]
    training = {"epochs": 1, "batch_size": 8, "dropout": [0.1, 0.2], **settings}
    spec = spec_of(rows, seed=3, output=OUTPUT, training=training)
    network = Network(spec, netspec.build(spec).weights, b)
    own = settings.get("validation") is None
    validation = events(2, per_step) if own else None
    history = netspec.train(network, data, validation=validation)
    return network, history[0].validation_loss


@pytest.mark.parametrize("chunk", [STEPS * FEATURES * 5, 2**22])
@pytest.mark.parametrize("factors", [None, FACTORS])
@pytest.mark.parametrize("per_step", [False, True])
def test_events_of_their_own_count_with_weights_lengths_and_states(
    per_step, factors, chunk, b, monkeypatch
):
    monkeypatch.setattr("netspec.dataset.events.LARGEST_PASS", chunk)
    network, found = trained(b, per_step, events(1, per_step), class_weights=factors)
    wanted = loss_of(network, events(2, per_step), factors or {"a": 1, "b": 1})
    assert found == pytest.approx(wanted, rel=1e-12)


def test_a_part_of_the_data_counts_the_same(b):
    data = events(1)
    settings = Training(validation=0.3)
    network, found = trained(b, False, data, validation=0.3)
    opened = netspec.dataset.of_arrays(network.spec, data)
    _, watched = split(settings, usable(network.spec, opened), 3)
    assert len(watched.rows) == 6
    wanted = loss_of(network, data, {"a": 1, "b": 1}, watched.rows)
    assert found == pytest.approx(wanted, rel=1e-12)


def test_a_penalty_is_added_at_the_weights_of_the_epoch(b):
    penalty = {"type": "l2", "strength": 0.125}
    network, found = trained(b, False, events(1), regularization=penalty)
    squares = sum((network.weights[f"lstm_1/{name}"] ** 2).sum() for name in "WU")
    squares += (network.weights["dense_1/W"] ** 2).sum()
    wanted = loss_of(network, events(2), {"a": 1, "b": 1}) + 0.125 * squares
    assert found == pytest.approx(wanted, rel=1e-12)


def test_balanced_classes_count_valid_steps_alone(b):
    """n / (2 n_c) by hand, on targets that the padding would upset."""
    data = events(1, True)
    for n, length in enumerate(data["lengths"]):
        data["y"][n, length:] = 1
    valid = [row[:length] for row, length in zip(data["y"], data["lengths"], strict=True)]
    first = sum(row.sum() for row in valid)
    count = sum(map(len, valid))
    factors = {"a": count / (2 * first), "b": count / (2 * (count - first))}
    one, loss = trained(b, True, data, class_weights="balanced")
    other, wanted = trained(b, True, data, class_weights=factors)
    assert loss == wanted
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], err_msg=name)
