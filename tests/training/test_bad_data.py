"""Data that nobody can learn from: one clear error, when it is met, and nothing lost."""

import contextlib
import os

import numpy as np
import pytest

import netspec
from netspec.errors import DataError, NetspecError
from netspec.network import Network
from tests.training.problems import classifier, sequences, spec_of
from tests.training.test_same_bits import Watch, file_of, network

X, Y = sequences(150)


def spoiled(array, at, value):
    array = array.astype(float)
    array[at] = value
    return array


@pytest.mark.parametrize(
    ("x", "y", "options", "said"),
    [
        (X[:, :, :2], Y, {}, r"x: wanted .*\(.*6, 3\).* found \(150, 6, 2\)"),
        (X, Y[:-1], {}, r"y: wanted 150"),
        (spoiled(X, (17, 2, 1), np.nan), Y, {}, r"x\[17.*nan"),
        (spoiled(X, (17, 2, 1), np.inf), Y, {}, r"x\[17.*inf"),
        (X, spoiled(Y, 30, np.nan), {}, r"y\[30\].*nan"),
        (X, spoiled(Y, 30, 2), {}, r"y\[30\].*found 2"),
        (X, 0 * Y, {}, "several classes, found only"),
        (X, Y, {"weights": spoiled(np.ones(150), 3, np.inf)}, r"weights\[3\].*inf"),
        (X, Y, {"weights": spoiled(np.ones(150), 3, -150)}, r"weights: .*sum.*-1"),
        (X, Y, {"weights": np.zeros(150)}, "weights: wanted"),
        (X, Y, {"lengths": np.full(150, 7)}, r"lengths\[0\].*found 7"),
        (X, Y, {"validation": 0.001}, "validation: wanted at least one event"),
        (X, Y, {"validation": 150}, "validation: wanted to leave"),
        (X[:0], Y[:0], {}, "found none|wanted at least one"),
        (X, Y, {"validation": (X[:0], Y[:0])}, "^validation: x: wanted at least one event"),
        (X, Y, {"validation": (X, 0 * Y)}, "^validation: y: wanted events of several classes"),
        (X, Y, {"validation": (X, spoiled(Y, 30, 2))}, r"^validation: y\[30\].*found 2"),
        (X, Y, {"state": {"lstm_2/h": np.zeros((150, 5))}}, "lstm_2/h"),
        (X, Y, {"validation": True}, "training.validation: .*true"),
        (X, Y, {"validation": np.float32(1.5)}, "training.validation: .*1.5"),
    ],
)
def test_it_is_one_sentence_before_anything_is_trained(x, y, options, said, b):
    one = network(b)
    before = file_of(one)
    with pytest.raises(NetspecError, match=said) as caught:
        netspec.train(one, (x, y), **options)
    assert "\n" not in str(caught.value)
    assert file_of(one) == before


@pytest.fixture
def folder(tmp_path):
    """A folder of npy files."""
    held = tmp_path / "data"
    held.mkdir()
    np.save(held / "x.npy", X)
    np.save(held / "y.npy", Y)
    return held


def damage_by_nan(folder):
    x = np.load(folder / "x.npy", mmap_mode="r+")
    x[:, 3, 1] = np.nan
    x.flush()


def damage_by_cut(folder):
    os.truncate(folder / "x.npy", 3000)


@pytest.mark.parametrize("damage", [damage_by_nan, damage_by_cut])
def test_a_file_that_is_damaged_while_it_is_read_ends_the_training_and_loses_nothing(
    damage, b, folder, tmp_path
):
    whole, one, kept = network(b), network(b), tmp_path / "kept"
    netspec.train(whole, (X, Y))
    with pytest.raises(DataError, match=r"x\.npy"):
        netspec.train(one, folder, checkpoint=kept, watcher=Watch(2, 3, lambda: damage(folder)))
    assert len(one.extras.history["loss"]) == 1
    np.save(folder / "x.npy", X)
    netspec.train(one, folder, checkpoint=kept, resume=True)
    assert file_of(one) == file_of(whole)


def test_a_folder_that_vanishes_costs_nothing_that_was_learned(b, folder, tmp_path):
    one, kept = network(b), tmp_path / "kept"

    def vanish():
        for file in folder.iterdir():
            file.unlink()

    with contextlib.suppress(DataError):  # open files may go on without their names
        netspec.train(one, folder, checkpoint=kept, watcher=Watch(2, 3, vanish))
    assert len(one.extras.history["loss"]) in (1, 3)
    with pytest.raises(NetspecError, match="data"):
        netspec.train(one, folder, checkpoint=kept, resume=True)
    np.save(folder / "x.npy", X)
    np.save(folder / "y.npy", Y)
    netspec.train(one, folder, checkpoint=kept, resume=True)
    whole = network(b)
    netspec.train(whole, (X, Y))
    assert file_of(one) == file_of(whole)


@pytest.mark.parametrize(("events", "others"), [(150, 20), (20, 150)])
def test_tmvas_rules_want_whole_batches_of_events_that_came_apart_too(events, others, b):
    one = network(b, rules="tmva", batch_size=32)
    what = "validate with" if others == 20 else "train on"
    with pytest.raises(DataError, match=f"a batch of 32 events to {what}.*found 20"):
        netspec.train(one, (X[:events], Y[:events]), validation=(X[:others], Y[:others]))


@pytest.mark.parametrize("name", ["weights", "lengths", "state"])
def test_what_stands_beside_data_that_have_their_own_is_not_passed_over(name, b, folder):
    beside = {name: {} if name == "state" else np.ones(150)}
    events = netspec.dataset.of_arrays(network(b).spec, (X, Y))
    for data in (folder, str(folder), events):
        for verb in (netspec.train, netspec.evaluate):
            with pytest.raises(DataError, match=f"wanted {name} in the data themselves"):
                verb(network(b), data, **beside)


def test_events_of_one_class_may_be_opened_and_not_be_trained_on(b):
    one = network(b)
    events = netspec.dataset.of_arrays(one.spec, (X, 0 * Y), one_class=True)
    with pytest.raises(DataError, match="several classes, found only Background"):
        netspec.train(one, events)


@pytest.mark.parametrize("number", [np.int64(30), np.float32(0.2), 30])
def test_validation_may_be_any_kind_of_number(number, b):
    one, other = network(b, epochs=1), network(b, epochs=1, validation=0.2)
    netspec.train(one, (X, Y), validation=number)
    netspec.train(other, (X, Y))
    for name, array in one.weights.items():
        assert array.tobytes() == other.weights[name].tobytes(), name


@pytest.mark.parametrize(
    ("output", "units", "y", "loss"),
    [
        ({"activation": "sigmoid"}, 1, Y, "cross_entropy"),
        ({"activation": "softmax"}, 2, Y, "softmax_cross_entropy"),
        ({}, 1, 7.5 * Y, "squared_error"),
    ],
)
def test_a_spec_that_says_nothing_is_trained_by_the_loss_of_its_output(output, units, y, loss, b):
    rows = [{"type": "gru", "units": 2}, {"type": "dense", "units": units}]
    spec = spec_of(rows, output=output)
    one = Network(spec, netspec.build(spec).weights, b)
    assert netspec.evaluate(one, (X, y))["loss"]["loss"] == loss
    netspec.train(one, (X, y))
    assert one.spec.training.loss.type == loss


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_a_weight_for_each_class_is_that_of_its_events(names, b):
    factors = dict(zip(names, (3.0, 0.5), strict=False))
    data = classifier("float64", validation=0.3, epochs=1).to_data()
    data["output"]["classes"] = names
    plain = netspec.NetworkSpec.from_data(data)
    data["training"]["class_weights"] = factors
    spec = netspec.NetworkSpec.from_data(data)
    one = Network(spec, netspec.build(spec).weights, b)
    other = Network(plain, netspec.build(plain).weights, b)
    history = netspec.train(one, (X, Y))
    weights = np.where(Y == 1, 3.0, factors.get("b", 1.0))  # y = 1: the first class
    wanted = netspec.train(other, (X, Y), weights=weights)
    assert list(history) == list(wanted)
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name], err_msg=name)


def test_class_weights_multiply_those_of_the_events(b):
    spec = classifier("float64", class_weights={"Background": 0.25}, epochs=1)
    plain = classifier("float64", epochs=1)
    own = np.random.default_rng(1).uniform(0.5, 2, 150)
    one = Network(spec, netspec.build(spec).weights, b)
    other = Network(plain, netspec.build(plain).weights, b)
    history = netspec.train(one, (X, Y), weights=own)
    wanted = netspec.train(other, (X, Y), weights=np.where(Y == 1, 1, 0.25) * own)
    assert list(history) == list(wanted)


def test_class_weights_count_the_rows_that_are_trained_on(b):
    y = np.arange(150) % 5 == 0
    spec = classifier("float64", class_weights="balanced", validation=0, epochs=1)
    plain = classifier("float64", validation=0, epochs=1)
    one = Network(spec, netspec.build(spec).weights, b)
    other = Network(plain, netspec.build(plain).weights, b)
    netspec.train(one, (X, y))
    weights = np.where(y, 150 / (2 * 30), 150 / (2 * 120))
    netspec.train(other, (X, y), weights=weights)
    for name, array in one.weights.items():
        np.testing.assert_allclose(array, other.weights[name], rtol=1e-10, err_msg=name)


def test_validation_without_the_first_states_of_training_is_refused(b):
    state = {"lstm_1/h": np.zeros((150, 5))}
    said = "validation: wanted the first states .*found no lstm_1/h: give a mapping with state/lst"
    with pytest.raises(DataError, match=said):
        netspec.train(network(b), (X, Y), state=state, validation=(X, Y))
    whole = {"x": X, "y": Y, "state/lstm_1/h": state["lstm_1/h"]}
    assert len(netspec.train(network(b), whole, validation=whole)) == 3
