"""What a training does to every weight, step after step, is what PyTorch does."""

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec
from netspec.network import Network
from tests.training.problems import FEATURES, STEPS, sequences

pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)

from tests.oracles.torch_training import Trainer, train

LSTM = {"type": "lstm", "units": 4, "return_sequences": True}
EVENTS = 37  # no multiple of the batch size

OPTIMIZERS = [
    {"type": "sgd", "learning_rate": 0.1},
    {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    {"type": "adam", "learning_rate": 0.01},
    {"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
    {"type": "adadelta", "learning_rate": 1.0},
]
STACKS = {
    "lstm": [LSTM, {"type": "lstm", "units": 3}, {"type": "dense", "units": 1}],
    "gru": [
        {"type": "gru", "units": 3, "return_sequences": True, "direction": "both"},
        {"type": "gru", "units": 3, "reset_after": True, "state_bias": True},
        {"type": "dense", "units": 1},
    ],
    "rnn": [
        {"type": "rnn", "units": 4, "initial_state": "learned"},
        {"type": "dense", "units": 3, "activation": "tanh"},
        {"type": "dense", "units": 1},
    ],
}


def trained(b, rows, x, y, t, how, weights=None, lengths=None, output=None):
    """Train both from the same first weights; hold every weight and every loss together."""
    spec = NetworkSpec(
        dtype="float64", seed=3, input={"steps": STEPS, "features": FEATURES}, layers=rows,
        output=output or {}, training={**how, "validation": 0},
    )  # fmt: skip
    network = Network(spec, netspec.build(spec).weights, b)
    other = Trainer(rows, dict(network.weights), how)
    losses = train(other, x, t, weights, lengths, seed=3)
    history = netspec.train(network, (x, y), weights=weights, lengths=lengths)
    np.testing.assert_allclose([row.loss for row in history], losses, rtol=1e-10)
    wanted = other.arrays()
    for name, array in network.weights.items():
        np.testing.assert_allclose(array, wanted[name], rtol=1e-8, atol=1e-10, err_msg=name)
    return network


HOW = {"loss": "cross_entropy", "batch_size": 10, "epochs": 3}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_optimizer_takes_torchs_path(optimizer, b):
    x, y = sequences(EVENTS)
    how = HOW | {"optimizer": optimizer}
    trained(b, STACKS["lstm"], x, y, y[:, None].astype(float), how)


@pytest.mark.parametrize("name", STACKS)
def test_every_cell_takes_torchs_path_with_lengths_and_event_weights(name, b):
    x, y = sequences(EVENTS)
    rng = np.random.default_rng(1)
    weights, lengths = rng.uniform(0.1, 2, EVENTS), rng.integers(1, STEPS + 1, EVENTS)
    how = HOW | {"optimizer": {"type": "adam", "learning_rate": 0.01}}
    trained(b, STACKS[name], x, y, y[:, None].astype(float), how, weights, lengths)


def test_outputs_at_every_step_count_valid_steps_alone(b):
    x, _ = sequences(EVENTS)
    rng = np.random.default_rng(2)
    t, lengths = rng.normal(size=(EVENTS, STEPS, 2)), rng.integers(1, STEPS + 1, EVENTS)
    how = HOW | {"loss": "huber", "optimizer": {"type": "sgd", "learning_rate": 0.1}}
    rows = [LSTM, {"type": "dense", "units": 2}]
    trained(b, rows, x, t, t, how, rng.uniform(0.1, 2, EVENTS), lengths)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_every_loss_of_a_regression_takes_torchs_path(loss, b):
    x, _ = sequences(EVENTS)
    t = np.random.default_rng(3).normal(size=(EVENTS, 2))
    how = HOW | {"loss": loss, "optimizer": {"type": "sgd", "learning_rate": 0.1}}
    trained(b, [{"type": "gru", "units": 3}, {"type": "dense", "units": 2}], x, t, t, how)


def test_classes_that_exclude_each_other_take_torchs_path(b):
    x, y = sequences(EVENTS, classes=3)
    how = HOW | {"loss": "softmax_cross_entropy"}
    how |= {"optimizer": {"type": "adam", "learning_rate": 0.01}}
    rows = [{"type": "lstm", "units": 4}, {"type": "dense", "units": 3}]
    output = {"activation": "softmax", "classes": ["a", "b", "c"]}
    trained(b, rows, x, y, np.eye(3)[y], how, output=output)


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_penalties_take_torchs_path(kind, b):
    x, y = sequences(EVENTS)
    how = HOW | {"optimizer": {"type": "sgd", "learning_rate": 0.1}}
    how |= {"regularization": {"type": kind, "strength": 0.01}}
    trained(b, STACKS["lstm"], x, y, y[:, None].astype(float), how)


@pytest.mark.parametrize("clip", [{"norm": 0.05}, {"value": 0.01}, {"norm": 0.02, "value": 0.01}])
def test_clipping_takes_torchs_path(clip, b):
    x, y = sequences(EVENTS)
    how = HOW | {"optimizer": {"type": "sgd", "learning_rate": 1.0}, "clip": clip}
    trained(b, STACKS["gru"], x, y, y[:, None].astype(float), how)
