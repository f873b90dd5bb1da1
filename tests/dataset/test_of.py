"""A data set that is ready serves every network that takes and gives the same, and no other."""

from __future__ import annotations

import numpy
import pytest

import netspec
from netspec import dataset
from netspec.errors import DataError
from tests.dataset.events import LENGTHS, SPEC, STATE, WEIGHTS, X, Y, network

READY = dataset.of_arrays(SPEC, (X, Y), weights=WEIGHTS)
LAYERS = [{"type": "gru", "units": 7}, {"type": "dense", "units": 1, "activation": "tanh"}]


def test_other_layers_and_settings_may_have_the_same_events():
    for spec in (SPEC, network(layers=LAYERS, training={"epochs": 1}, seed=3, name="other")):
        assert dataset.of(spec, READY) is READY
    found = netspec.train(netspec.build(network(layers=LAYERS, training={"epochs": 1})), READY)
    assert len(found) == 1


def test_arrays_and_files_are_opened(tmp_path):
    numpy.savez(tmp_path / "e.npz", x=X, y=Y, weights=WEIGHTS, lengths=LENGTHS)
    for data, more in (
        ((X, Y), {"weights": WEIGHTS, "lengths": LENGTHS}),
        (tmp_path / "e.npz", {}),
        (str(tmp_path / "e.npz"), {}),
    ):
        batch = dataset.of(SPEC, data, **more).take([3, 1])
        assert batch.x.tobytes() == X[[3, 1]].astype("float32").tobytes()
        assert batch.lengths.tolist() == LENGTHS[[3, 1]].tolist()
        assert batch.weights.tolist() == WEIGHTS[[3, 1]].astype("float32").tolist()
    one = numpy.zeros(50)
    numpy.savez(tmp_path / "one.npz", x=X, y=one)
    for data in ((X, one), tmp_path / "one.npz"):
        assert len(dataset.of(SPEC, data, one_class=True)) == 50
        with pytest.raises(DataError, match="several classes"):
            dataset.of(SPEC, data)


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (network(dtype="float64"), "numbers"),
        (network(steps=None), "inputs"),
        (network(steps=9), "inputs"),
        (network(True), "steps"),
        (network(classes=["a", "b"]), "targets"),
        (network(width=3, classes=["a", "b", "c"]), "targets"),
        (network(classes=[], training={"loss": "squared_error"}), "targets"),
    ],
)
@pytest.mark.parametrize("verb", [netspec.train, netspec.evaluate])
def test_those_of_another_kind_of_network_are_refused(verb, spec, what):
    with pytest.raises(DataError, match=f"made for this network.* other {what}: make it"):
        verb(netspec.build(spec), READY)


def test_ids_and_states_must_be_those_of_the_network():
    table = [{"type": "embedding", "ids": 5, "units": 2}, *LAYERS]
    ids = dataset.of_arrays(network(layers=table), (abs(X) > 0.5, Y))
    with pytest.raises(DataError, match="other ids"):
        dataset.of(SPEC, ids)
    with_state = dataset.of_arrays(SPEC, (X, Y), state={"lstm_1/h": STATE})
    assert dataset.of(SPEC, with_state) is with_state
    with pytest.raises(DataError, match="there is no state 'lstm_1/h'"):
        dataset.of(network(layers=LAYERS), with_state)


def test_targets_that_are_all_the_same_and_no_class_are_no_single_class():
    for share in (0.5, 0.25):
        assert len(dataset.of_arrays(SPEC, (X, numpy.full(50, share)))) == 50
    shares = network(width=3, classes=["a", "b", "c"], training={"loss": "softmax_cross_entropy"})
    assert len(dataset.of_arrays(shares, (X, numpy.full((50, 3), [0.5, 0.25, 0.25])))) == 50
    with pytest.raises(DataError, match="found only b"):
        dataset.of_arrays(shares, (X, numpy.full((50, 3), [0.0, 1.0, 0.0])))
