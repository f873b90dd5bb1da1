"""Next-word trainings of Deep-Breathe (M. Kumar, bcc97ca), from specs: every loss, the weights.

Three words of "Belling the cat" give the next one; a step is one event, the optimizer plain
gradient descent. Each training is run from ids, through a table that stays the identity, and from
the one-hot rows themselves.
"""

import json

import numpy as np
import pytest

from netspec import Network, NetworkSpec, train
from tests.layers.test_deep_breathe import close, named, ours, theirs

SCENARIOS = ("uni", "uni_randw", "initstate_randw", "multi_randw", "bi_randw")
WORDS, UNITS = 10, 5
SETTINGS = {
    "loss": "softmax_cross_entropy",
    "optimizer": {"type": "sgd", "learning_rate": 1e-3},
    "batch_size": 1,
    "epochs": 1,
    "shuffle": False,
    "validation": 0,
}


class Losses:
    """A watcher that keeps the loss of every step; it is told the mean of those so far."""

    def __init__(self):
        self.total, self.steps = 0.0, []

    def phase(self, *_):
        """Begin."""

    def step(self, batch, loss, rate):
        """Keep a loss."""
        self.steps.append(batch * loss - self.total)
        self.total = batch * loss

    def epoch(self, row):
        """End."""


@pytest.fixture(params=SCENARIOS)
def case(request, oracle_files):
    return json.loads(
        (oracle_files / "deep_breathe" / f"word_lstm_{request.param}.json").read_text()
    )


def layers_of(case):
    """The rows of a spec: two LSTMs, both directions at the last position, or one LSTM."""
    row = {"type": "lstm", "units": UNITS, "forget_bias": 1.0, "return_sequences": True}
    names = case["initial_weights"].keys()
    if "enc_bw_0" in names:
        row["direction"] = "both"
    cells = [row] * sum(name.startswith("enc_fw_") for name in names)
    return [*cells, {"type": "last_step"}, {"type": "dense", "units": WORDS}]


def weights_of(theirs_by_name):
    """Weights of theirs in our names and shapes."""
    found = {}
    for name, array in theirs_by_name.items():
        if name.startswith("enc_"):
            way, number = {"fw": "forward/", "bw": "reverse/"}[name[4:6]], int(name[7:]) + 1
            way = way if "enc_bw_0" in theirs_by_name else ""
            features = len(array[0]) - 1 - UNITS
            arrays = {way + key: value for key, value in ours(array, features).items()}
            found |= named(f"lstm_{number}", arrays)
    found["dense_1/W"] = np.transpose(theirs_by_name["out_kernel"])
    found["dense_1/b"] = np.array(theirs_by_name["out_bias"][0])
    return found


def trained(case, b, from_ids, count=200):
    """Train on the first iterations; give the network and the loss of every step."""
    x = np.array(case["inputs_per_iteration"])[:count, :, None]
    y = np.array(case["targets_per_iteration"])[:count]
    layers, weights = layers_of(case), weights_of(case["initial_weights"])
    given = {"steps": 3, "features": 1}
    if from_ids:
        table = {"type": "embedding", "ids": WORDS, "units": WORDS, "trainable": False}
        layers, weights = [table, *layers], weights | {"embedding_1/W": np.eye(WORDS)}
    else:
        x, given = np.eye(WORDS)[x[..., 0]], {"steps": 3, "features": WORDS}
    spec = NetworkSpec(
        dtype="float64", input=given, layers=layers, output={"activation": "softmax"}
    )
    network, losses = Network(spec, weights, b), Losses()
    state = None
    if "initial state" in case["meta"]["topology"]:
        state = {f"lstm_1/{name}": np.ones((count, UNITS)) for name in "hc"}
    history = train(network, (x, y), state=state, settings=SETTINGS, watcher=losses)
    assert len(history) == 1
    return network, losses.steps


@pytest.mark.parametrize("from_ids", [True, False], ids=["ids", "one_hot"])
def test_every_loss_of_200_iterations_and_the_last_weights_are_theirs(case, from_ids, b):
    network, losses = trained(case, b, from_ids)
    close(losses, case["loss_per_iteration"], 1e-12)
    check_weights(network, case["weights_after"]["200"])
    if from_ids:
        assert network.weights["embedding_1/W"].tolist() == np.eye(WORDS).tolist()


@pytest.mark.parametrize("count", [2, 10, 100])
def test_the_weights_on_the_way_are_theirs(case, count, b):
    network, _ = trained(case, b, True, count)
    check_weights(network, case["weights_after"][str(count)])


def check_weights(network, wanted):
    for name, array in weights_of(wanted).items():
        close(network.weights[name], array, 1e-12)
    for name in wanted:
        if name.startswith("enc_fw"):
            way = "forward/" if "enc_bw_0" in wanted else ""
            head = f"lstm_{int(name[7:]) + 1}/{way}"
            close(theirs({key: network.weights[head + key] for key in "WUb"}), wanted[name], 1e-12)
