"""TMVA's rules, against its loop written out in plain NumPy for a single dense layer.

y = x W^T + b;  loss = 1/B sum softplus;  split: the last events;  whole batches only;
validation: the mean over whole batches plus the penalty;  Adam with epsilon beside sqrt(v)
"""

from itertools import islice

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec
from netspec.network import Network
from tests import philox
from tests.training.transformed import classifier, events

STRATEGY = (
    "LearningRate=0.05,BatchSize=8,MaxEpochs={epochs},TestRepetitions={every},"
    "ConvergenceSteps={patience},Optimizer={optimizer},Regularization={penalty},WeightDecay=0.03"
)
OPTIONS = "InputLayout=4:Layout=DENSE|1|LINEAR:WeightInitialization=XAVIERUNIFORM:"
OPTIONS += "ErrorStrategy=CROSSENTROPY:ValidationSize=0.3:RandomSeed=7:TrainingStrategy="


class Plain:
    """One dense layer, its loss, its slopes, TMVA's optimizers: all by hand."""

    def __init__(self, W, b, optimizer, penalty):
        self.W, self.b = W.copy(), b.copy()
        self.optimizer, self.penalty_kind, self.step = optimizer, penalty, 0
        self.memory = {}

    def loss(self, x, t):
        o = x @ self.W[0] + self.b[0]
        return np.mean(t * np.log1p(np.exp(-o)) + (1 - t) * np.log1p(np.exp(o)))

    def penalty(self):
        size = {"L1": np.abs(self.W).sum(), "L2": (self.W**2).sum(), "None": 0.0}
        return 0.03 * size[self.penalty_kind]

    def learn(self, x, t):
        loss = self.loss(x, t)
        d = (1 / (1 + np.exp(-(x @ self.W[0] + self.b[0]))) - t) / len(x)
        dW = (d @ x)[None]
        if self.penalty_kind == "L1":
            dW = dW + 0.03 * np.where(self.W < 0, -1, 1)
        if self.penalty_kind == "L2":
            dW = dW + 2 * 0.03 * self.W
        self.step += 1
        self.W = self.W - self.change("W", dW)
        self.b = self.b - self.change("b", np.array([d.sum()]))
        return loss

    def change(self, name, g):
        one, two = self.memory.get(name, (0.0, 0.0))
        if self.optimizer == "SGD":  # the momentum of a string that does not say it is 0.3
            one = 0.3 * one + g
            delta = 0.05 * one
        elif self.optimizer == "ADAM":
            one, two = 0.9 * one + 0.1 * g, 0.999 * two + 0.001 * g**2
            size = 0.05 * np.sqrt(1 - 0.999**self.step) / (1 - 0.9**self.step)
            delta = size * one / (np.sqrt(two) + 1e-7)
        elif self.optimizer == "ADAGRAD":
            one = one + g**2
            delta = 0.05 * g / np.sqrt(one + 1e-8)
        elif self.optimizer == "RMSPROP":
            one = 0.9 * one + 0.1 * g**2
            two = 0.3 * two + 0.05 * g / np.sqrt(one + 1e-7)
            delta = two
        else:
            one = 0.95 * one + 0.05 * g**2
            delta = np.sqrt(two + 1e-8) * g / np.sqrt(one + 1e-8)
            two = 0.95 * two + 0.05 * delta**2
            delta = 0.05 * delta
        self.memory[name] = one, two
        return delta


def by_hand(x, t, plain, epochs, every, patience):
    """TMVA's training loop; the losses and the weights that are kept."""
    cut = len(x) - int(0.3 * len(x))
    batches, kept = cut // 8, (len(x) - cut) // 8

    def validation():
        parts = [slice(cut + 8 * n, cut + 8 * n + 8) for n in range(kept)]
        return np.mean([plain.loss(x[p], t[p]) for p in parts]) + plain.penalty()

    least, best, count, epoch, rows = validation(), (plain.W, plain.b), 0, 0, []
    while True:
        words = list(islice(philox.words(f"7/training/0/{epoch}/shuffle"), cut))
        order = sorted(range(cut), key=words.__getitem__)
        epoch += 1
        losses = []
        for n in range(batches):
            rows_of = order[8 * n : 8 * n + 8]
            losses.append(plain.learn(x[rows_of], t[rows_of]))
        loss = np.mean(losses) + plain.penalty()
        if epoch % every:
            rows.append((loss, np.nan))
            continue
        found = validation()
        rows.append((loss, found))
        if found < least:
            least, best, count = found, (plain.W, plain.b), 0
        else:
            count += every
        if count > patience or epoch >= epochs:
            return rows, best


@pytest.mark.parametrize("optimizer", ["SGD", "ADAM", "ADAGRAD", "RMSPROP", "ADADELTA"])
@pytest.mark.parametrize(
    ("penalty", "every", "patience", "epochs"),
    [("None", 1, 100, 6), ("L1", 2, 3, 25), ("L2", 3, 0, 10)],
)
def test_a_string_trains_as_tmva_does(optimizer, penalty, every, patience, epochs, b):
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(61, 4)), (rng.random(61) < 0.5).astype(float)
    strategy = STRATEGY.format(
        optimizer=optimizer, penalty=penalty, every=every, patience=patience, epochs=epochs
    )
    spec = NetworkSpec.from_file(OPTIONS + strategy, ["dtype=float64"])
    assert spec.training.rules == "tmva"
    network = Network(spec, netspec.build(spec).weights, b)
    first = network.weights
    plain = Plain(first["dense_1/W"], first["dense_1/b"], optimizer, penalty)
    rows, (W, bias) = by_hand(x, t, plain, epochs, every, patience)
    history = netspec.train(network, (x, t))
    found = [(row.loss, row.validation_loss) for row in history]
    np.testing.assert_allclose(found, rows, rtol=1e-9)
    np.testing.assert_allclose(network.weights["dense_1/W"], W, rtol=1e-8)
    np.testing.assert_allclose(network.weights["dense_1/b"], bias, rtol=1e-8, atol=1e-12)


def test_phases_follow_each_other_from_the_best_weights(b):
    rng = np.random.default_rng(2)
    x, t = rng.normal(size=(61, 4)), (rng.random(61) < 0.5).astype(float)
    one, two = (
        f"LearningRate={rate},BatchSize=8,MaxEpochs=3,TestRepetitions=1,Optimizer=SGD,Momentum=0"
        for rate in (5.0, 0.01)
    )
    spec = NetworkSpec.from_file(f"{OPTIONS}{one}|{two}", ["dtype=float64"])
    network = Network(spec, netspec.build(spec).weights, b)
    history = netspec.train(network, (x, t))
    assert [row.phase for row in history] == [1, 1, 1, 2, 2, 2]
    first = min(row.validation_loss for row in list(history)[:3])
    assert abs(history[3].validation_loss - first) < 0.1, "the second phase began at the best"


def test_a_penalty_counts_recurrent_matrices_and_changes_dense_ones_alone(b):
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(40, 3, 2)), np.arange(40) % 2
    rows = [{"type": "lstm", "units": 2}, {"type": "dense", "units": 1}]
    found = {}
    for strength in (0.0, 0.1):
        training = {
            "rules": "tmva", "validation": 0.5, "batch_size": 20, "epochs": 1,
            "optimizer": {"type": "sgd", "learning_rate": 0.1},
            "regularization": {"type": "l2", "strength": strength},
        }  # fmt: skip
        spec = NetworkSpec(
            dtype="float64", input={"steps": 3, "features": 2}, layers=rows, training=training
        )
        network = Network(spec, netspec.build(spec).weights, b)
        first = dict(network.weights)
        history = netspec.train(network, (x, t))
        found[strength] = history[0].loss, dict(network.weights)
    (plain, by_data), (loss, held) = found[0.0], found[0.1]
    for name in ("lstm_1/W", "lstm_1/U", "lstm_1/b", "dense_1/b"):
        np.testing.assert_array_equal(held[name], by_data[name], err_msg=name)
    shrunk = by_data["dense_1/W"] - 0.1 * 2 * 0.1 * first["dense_1/W"]
    np.testing.assert_allclose(held["dense_1/W"], shrunk, rtol=1e-12)
    squares = sum((held[name] ** 2).sum() for name in ("lstm_1/W", "lstm_1/U", "dense_1/W"))
    assert loss == pytest.approx(plain + 0.1 * squares, rel=1e-12)


def test_dropout_reaches_dense_layers_alone():
    from netspec.training.dropout import with_dropout

    rows = [{"type": "rnn", "units": 2}, {"type": "dense", "units": 1}]
    spec = NetworkSpec(input={"steps": 3, "features": 2}, layers=rows)
    kinds = [
        [layer.type for layer in with_dropout(spec, (0.1, 0.2), rules)] for rules in (True, False)
    ]
    assert kinds == [["rnn", "dropout", "dense"], ["dropout", "rnn", "dropout", "dense"]]
    for rates, wanted in (((0.1, 0.2), [0.1, 0.2]), ((0.0, 0.3), [0.3]), ((0.4,), [0.4]), ((), [])):
        layers = with_dropout(spec, rates, False)
        assert [layer.rate for layer in layers if layer.type == "dropout"] == wanted


def test_events_of_another_data_set_are_validated_with_and_not_fitted_on():
    x, y = events(60)
    others = np.full((80, 3), 1e6, "float32"), np.arange(80) % 2
    network = netspec.build(classifier("N", rules="tmva", epochs=1))
    netspec.train(network, (x, y), validation=others)
    assert (network.weights["normalize_1/minimum"] == x.min(0)).all()
    assert (network.weights["normalize_1/maximum"] == x.max(0)).all()
