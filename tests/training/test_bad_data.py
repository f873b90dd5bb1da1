"""Data that nobody can learn from: one clear error, when it is met, and nothing lost."""

import contextlib
import os

import numpy as np
import pytest

import netspec
from netspec.errors import DataError, NetspecError
from netspec.network import Network
from tests.training.problems import classifier, sequences
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
        (X, Y, {"validation": (X[:0], Y[:0])}, "found none|wanted at least one"),
        (X, Y, {"state": {"lstm_2/h": np.zeros((150, 5))}}, "lstm_2/h"),
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
