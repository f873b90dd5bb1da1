"""Batch norm in training: PyTorch's path, what is kept of batches, and who looks at it when."""

from itertools import islice

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec
from netspec.backends.native import NativeBackend
from netspec.kernels import compiled
from netspec.network import Network
from tests import philox
from tests.training.test_same_bits import Watch, file_of, interrupt

EVENTS, FEATURES = 60, 4
ROWS = [
    {"type": "dense", "units": 5, "activation": "tanh"},
    {"type": "batch_norm", "momentum": 0.8},
    {"type": "dense", "units": 1},
]
FIRST = [{"type": "batch_norm", "momentum": "cumulative"}, {"type": "dense", "units": 1}]
OUTPUT = {"activation": "sigmoid", "classes": ["a", "b"]}


def events(count=EVENTS, shape=(FEATURES,), seed=0):
    draw = np.random.default_rng(seed)
    x = draw.normal(1.0, 2.0, (count, *shape))
    return x, (draw.normal(size=count) + x.reshape(count, -1)[:, 0] > 1).astype(float)


def network(b, rows=ROWS, shape=(FEATURES,), dtype="float64", **training):
    settings = {"batch_size": 10, "epochs": 4, "validation": 0, **training}
    spec = NetworkSpec(
        dtype=dtype, seed=7, input={"shape": shape}, layers=rows, output=OUTPUT, training=settings
    )
    return Network(spec, netspec.build(spec).weights, b)


def order(epoch, count):
    """The order of an epoch's events."""
    words = list(islice(philox.words(f"7/training/0/{epoch}/shuffle"), count))
    return sorted(range(count), key=words.__getitem__)


IMAGES = [
    {"type": "convolution", "filters": 3, "kernel": [3, 3], "padding": [1, 1]},
    {"type": "batch_norm", "momentum": "cumulative"},
    {"type": "max_pool", "kernel": [2, 2]},
    {"type": "convolution", "filters": 2, "kernel": [2, 2], "bias": False, "activation": "tanh"},
    {"type": "batch_norm"},
    {"type": "flatten"},
    {"type": "dense", "units": 4, "activation": "relu"},
    {"type": "batch_norm", "momentum": 0.5},
    {"type": "dense", "units": 1},
]


@pytest.mark.parametrize(
    ("rows", "shape"),
    [(ROWS, (FEATURES,)), (IMAGES, (2, 6, 7))],
    ids=["features", "images"],
)
def test_a_training_takes_torchs_path_and_keeps_its_running_values(rows, shape, b):
    pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
    from tests.oracles.torch_images import module, train

    x, y = events(37, shape)  # the last batch has 7 events
    own = network(b, rows, shape, optimizer={"type": "adam", "learning_rate": 0.01})
    other = module(rows, shape, dict(own.weights))
    how = {"learning_rate": 0.01, "epochs": 4, "batch_size": 10}
    losses = train(other, x, y[:, None], how, seed=7)
    history = netspec.train(own, (x, y))
    np.testing.assert_allclose([row.loss for row in history], losses, rtol=1e-8)
    for name, array in other.arrays().items():
        # TMVA's unbiased variance has an epsilon beside n - 1.
        far = 1e-5 if name.endswith("variance") else 1e-7
        np.testing.assert_allclose(own.weights[name], array, rtol=far, atol=1e-9, err_msg=name)


def by_hand(own, x):
    """The outputs of ROWS by the stored values."""
    p = own.weights
    h = np.tanh(x @ p["dense_1/W"].T + p["dense_1/b"])
    root = np.sqrt(p["batch_norm_1/variance"] + 1e-5)
    h = p["batch_norm_1/gamma"] * (h - p["batch_norm_1/mean"]) / root + p["batch_norm_1/beta"]
    return 1 / (1 + np.exp(-(h @ p["dense_2/W"].T + p["dense_2/b"])))


def test_a_trained_network_and_validation_look_at_what_is_stored(b):
    own, others = network(b, epochs=6), events(23, seed=5)
    history = netspec.train(own, events(), validation=others)
    x, y = others
    p = by_hand(own, x)
    np.testing.assert_allclose(own(x), p, rtol=1e-10)
    loss = -np.mean(np.log(np.where(y[:, None] == 1, p, 1 - p)))
    assert history[history.best].validation_loss == pytest.approx(loss, rel=1e-10)
    np.testing.assert_allclose(own(x[:1]), p[:1], rtol=1e-10)  # an event alone is as in a batch


def test_the_best_weights_are_kept_with_the_running_values_of_their_epoch(b):
    how = {"epochs": 30, "optimizer": {"type": "adam", "learning_rate": 0.1}}
    own, others = network(b, **how), events(23, seed=5)
    history = netspec.train(own, events(), validation=others)
    best = history.best
    assert best < 29, "the last epoch is the best one: this asks for nothing"
    again = network(b, **how | {"epochs": best + 1})
    netspec.train(again, events(), validation=others)
    for name, array in own.weights.items():
        assert array.tobytes() == again.weights[name].tobytes(), name
    assert own.weights["batch_norm_1/batches"].tolist() == [6 * (best + 1)]


@pytest.mark.parametrize("at", [(1, 3), (3, 6)])
def test_an_interrupted_training_goes_on_to_the_same_bits(at, b, tmp_path):
    whole, broken, path = network(b), network(b), tmp_path / "checkpoint"
    netspec.train(whole, events())
    with pytest.raises(KeyboardInterrupt):
        netspec.train(broken, events(), checkpoint=path, watcher=Watch(*at, interrupt))
    again = network(b)
    netspec.train(again, events(), checkpoint=path, resume=True)
    assert file_of(again) == file_of(whole)


def means_of(x, batches):
    """Mean, and the mean of unbiased variances, over batches."""
    means = [x[rows].mean(0) for rows in batches]
    spreads = [x[rows].var(0) * len(rows) / (len(rows) - 1 + 1e-5) for rows in batches]
    return np.mean(means, 0), np.mean(spreads, 0)


def batches_of(epochs, count, size, drop=False):
    for epoch in epochs:
        rows = order(epoch, count)
        for first in range(0, count, size):
            part = rows[first : first + size]
            if not drop or len(part) == size:
                yield part


def keeps(own, mean, variance, batches):
    np.testing.assert_allclose(own.weights["batch_norm_1/mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(own.weights["batch_norm_1/variance"], variance, rtol=1e-12)
    assert own.weights["batch_norm_1/batches"].tolist() == [batches]


def test_every_batch_of_all_epochs_counts(b):
    own, (x, y) = network(b, FIRST, epochs=3, batch_size=8), events()
    netspec.train(own, (x, y))
    keeps(own, *means_of(x, list(batches_of(range(3), EVENTS, 8))), 24)


def test_under_tmvas_rules_those_since_the_last_look_at_validation_count(b):
    """15 of 60 events are kept, the last ones; looks after epochs 2 and 4; the best is 4."""
    x, y = events()
    own = network(
        b, FIRST, rules="tmva", validation=0.25, epochs=4, validate_every=2, batch_size=8,
        optimizer={"type": "adam", "learning_rate": 1e-3},
    )  # fmt: skip
    history = netspec.train(own, (x, y))
    assert history.best == 3
    batches = list(batches_of((2, 3), 45, 8, drop=True))
    assert len(batches) == 10
    keeps(own, *means_of(x, batches), 0)


def test_every_window_of_a_long_sequence_is_a_batch(b):
    draw = np.random.default_rng(3)
    x, t = draw.normal(size=(5, 8, 2)), draw.normal(size=(5, 8, 1))
    lengths = np.array([8, 2, 5, 0, 3])
    spec = NetworkSpec(
        dtype="float64", input={"features": 2}, layers=FIRST,
        training={"loss": "squared_error", "truncate": 3, "batch_size": 5, "epochs": 1,
                  "validation": 0, "shuffle": False},
    )  # fmt: skip
    own = Network(spec, netspec.build(spec).weights, b)
    netspec.train(own, (x, t), lengths=lengths)
    means, spreads = [], []
    for first in (0, 3, 6):
        left = np.clip(lengths - first, 0, 3)
        rows = np.concatenate([x[n, first : first + k] for n, k in enumerate(left)])
        means.append(rows.mean(0))
        spreads.append(rows.var(0) * len(rows) / (len(rows) - 1 + 1e-5))
    keeps(own, np.mean(means, 0), np.mean(spreads, 0), 3)


def test_events_that_are_padded_further_train_to_the_same_bits(native):
    draw = np.random.default_rng(3)
    x, y, lengths = draw.normal(size=(20, 4, 3)), np.arange(20) % 2, np.arange(20) % 4 + 1
    rows = [{"type": "batch_norm"}, {"type": "lstm", "units": 2}, {"type": "dense", "units": 1}]
    found = set()
    for more in (0, 3, 30):
        own = network(native, rows, (4 + more, 3))
        padded = np.concatenate([x, np.full((20, more, 3), np.nan)], 1)
        netspec.train(own, (padded, y), lengths=lengths)
        found.add(b"".join(array.tobytes() for array in own.weights.values()))
    assert len(found) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_instruction_set_and_number_of_threads_gives_the_same_file(dtype, native):
    files = set()
    for path in compiled().paths():
        for threads in (1, 3):
            own = network(NativeBackend(threads, path), IMAGES, (2, 6, 7), dtype, epochs=2)
            netspec.train(own, events(40, (2, 6, 7)))
            files.add(file_of(own))
    assert len(files) == 1
