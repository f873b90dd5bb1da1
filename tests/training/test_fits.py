"""Settings that a network cannot be trained with: all of them at once, before anything is read."""

import numpy as np
import pytest

import netspec
from netspec.errors import NetspecWarning, SpecError
from netspec.randomness import Stream
from netspec.training.diagnosis import culprit
from tests.training.problems import classifier, sequences, spec_of

X, Y = sequences(30)
RNN, DENSE = {"type": "rnn", "units": 2}, {"type": "dense", "units": 1}


@pytest.mark.parametrize(
    ("rows", "training", "said"),
    [
        ([{"type": "flatten"}], {}, "training: wanted a network with weights to train, found none"),
        (
            [{"type": "normalize"}, {"type": "last_step"}],
            {},
            "training: wanted a network with weights to train, found none",
        ),
        (
            [RNN, DENSE],
            {"dropout": [0.1, 0.0, 0.2]},
            "training.dropout: wanted at most a rate for each of the 2 layers, found 3",
        ),
        (
            [RNN, DENSE],
            {"phases": [{"dropout": [0.1]}, {"dropout": [0.1, 0.1, 0.1]}]},
            "training.phases.1.dropout: wanted at most a rate for each of the 2 layers, found 3",
        ),
        (
            [RNN, DENSE],
            {"loss": "squared_error", "class_weights": "balanced"},
            "training.class_weights: wanted a cross entropy, found the loss squared_error",
        ),
        (
            [RNN, DENSE],
            {"truncate": 2},
            "training.truncate: wanted a network that answers at every step, found one that does"
            " not",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_path(rows, training, said):
    network = netspec.build(spec_of(rows, training=training))
    with pytest.raises(SpecError) as caught:
        netspec.train(network, "/nowhere.npz")
    assert str(caught.value) == said


def test_everything_that_does_not_fit_is_said_at_once():
    network = netspec.build(classifier(loss="squared_error", class_weights="balanced", truncate=2))
    with pytest.raises(SpecError, match=r"class_weights: [^\n]*\n[^\n]*truncate: "):
        netspec.train(network, (X, Y))


@pytest.mark.parametrize("end", ["rnn_1", "dense_1", "nowhere", "the weights"])
def test_where_numbers_end_is_named(end, b):
    spec = spec_of([RNN | {"activation": "relu"}, DENSE], "float32")
    weights = {name: array.copy() for name, array in netspec.build(spec).weights.items()}
    if end == "rnn_1":
        weights["rnn_1/b"] = np.full(2, 3e38, "float32")
        weights["rnn_1/U"] = np.full((2, 2), 3e38, "float32")
    if end == "dense_1":
        weights["rnn_1/b"] = np.full(2, 1e20, "float32")
        weights["rnn_1/U"] = np.zeros((2, 2), "float32")
        weights["dense_1/W"] = np.full((1, 2), 1e30, "float32")
    if end == "the weights":
        weights["dense_1/W"][0, 1] = np.nan
    batch = netspec.dataset.of_arrays(spec, (X, Y)).take(np.arange(4))
    with b.computing():
        p = {name: b.array(array) for name, array in weights.items()}
        said = culprit(b, spec.layers, p, batch, Stream("none"), {})
    assert (
        said
        == {
            "rnn_1": "the layer rnn_1 gives numbers that are not finite",
            "dense_1": "the layer dense_1 gives numbers that are not finite",
            "the weights": "the weights dense_1/W are not finite any more",
            "nowhere": "every layer's output is finite, and the loss of it is not",
        }[end]
    )


@pytest.mark.parametrize(("rules", "warned"), [("netspec", True), ("tmva", False)])
def test_independent_chances_behind_a_softmax_are_warned_of_but_for_tmva_which_does_so(
    rules, warned, recwarn
):
    training = {"rules": rules, "epochs": 1, "batch_size": 5, "validation": 0.3}
    output = {"activation": "softmax", "classes": ["a", "b"]}
    spec = spec_of([RNN, {"type": "dense", "units": 2}], output=output, training=training)
    if warned:
        with pytest.warns(NetspecWarning, match="softmax_cross_entropy is the loss of its chances"):
            netspec.train(netspec.build(spec), (X, Y))
    else:
        netspec.train(netspec.build(spec), (X, Y))
    assert not recwarn.list
