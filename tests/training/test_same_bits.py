"""The same spec, data and seed give the same file, whoever runs it and whoever interrupts it."""

import io
import signal
from pathlib import Path

import numpy as np
import pytest

import netspec
from netspec.backends import choose, known
from netspec.errors import DataError, TrainingError
from netspec.history import Epoch
from netspec.network import Network
from tests.training.problems import classifier, sequences

X, Y = sequences(150)
LOSS = {"type": "squared_error", "of": "last_layer"}


class Watch:
    """A watcher that does something at a batch of an epoch."""

    def __init__(self, epoch, batch, act):
        self.at, self.act, self.epochs = (epoch, batch), act, 0

    def phase(self, number, of, epochs, batches, done):
        self.epochs = done

    def step(self, batch, loss, rate):
        if (self.epochs + 1, batch) == self.at:
            self.act()

    def epoch(self, row: Epoch):
        self.epochs = row.epoch


def interrupt():
    signal.raise_signal(signal.SIGINT)


def crash():
    raise RuntimeError("the lights went out")


def network(backend, dtype="float32", **training):
    spec = classifier(dtype, **training)
    return Network(spec, netspec.build(spec).weights, backend)


def file_of(network):
    held = io.BytesIO()
    network.save(held, format="xml")
    return held.getvalue()


def trained(backend, dtype="float32", **options):
    one = network(backend, dtype)
    netspec.train(one, (X, Y), **options)
    return file_of(one)


@pytest.fixture(scope="module")
def once(native):
    return trained(native)


def test_training_twice_gives_the_same_file_and_another_seed_another(native, once):
    assert trained(native) == once
    assert trained(native, seed=6) != once


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads_gives_the_same_file(threads, once):
    if "native" in known():
        assert trained(choose("native", threads)) == once


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_instruction_set_gives_the_same_file(dtype, native):
    from netspec.backends.native import NativeBackend
    from netspec.kernels import compiled

    files = {trained(NativeBackend(1, path), dtype) for path in compiled().paths()}
    assert len(files) == 1


def test_a_prepared_step_gives_the_file_of_the_formulas(native, once, monkeypatch):
    monkeypatch.setattr(type(native), "training_plan", lambda *_: None)
    assert trained(native) == once


@pytest.mark.parametrize(("epoch", "batch"), [(1, 1), (2, 3), (2, 8), (3, 7)])
def test_an_interrupted_training_goes_on_to_the_same_file(epoch, batch, b, tmp_path):
    whole, parts, kept = network(b), network(b), tmp_path / "kept"
    netspec.train(whole, (X, Y))
    before = parts.weights["lstm_1/W"]
    with pytest.raises(KeyboardInterrupt):
        netspec.train(parts, (X, Y), checkpoint=kept, watcher=Watch(epoch, batch, interrupt))
    if epoch > 1:
        assert not np.array_equal(parts.weights["lstm_1/W"], before), "the best so far is kept"
    history = netspec.train(network(b), (X, Y), checkpoint=kept, resume=True)
    again = network(b)
    assert netspec.train(again, (X, Y), checkpoint=kept, resume=True).rows == history.rows
    assert file_of(again) == file_of(whole)


def test_a_crash_costs_the_epoch_and_no_bit(native, once, tmp_path):
    one, kept = network(native), tmp_path / "kept"
    with pytest.raises(RuntimeError, match="lights"):
        netspec.train(one, (X, Y), checkpoint=kept, watcher=Watch(3, 2, crash))
    assert len(one.extras.history["loss"]) == 2, "what was learned is not lost"
    netspec.train(one, (X, Y), checkpoint=kept, resume=True)
    assert file_of(one) == once


def test_a_second_ctrl_c_leaves_at_once(native):
    reached = []

    def twice():
        interrupt()
        reached.append("the step is finished")
        interrupt()
        reached.append("so is the rest")

    with pytest.raises(KeyboardInterrupt):
        netspec.train(network(native), (X, Y), watcher=Watch(1, 1, twice))
    assert reached == ["the step is finished"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_training_that_ended_may_go_on_for_more_epochs(native, tmp_path):
    kept = tmp_path / "kept"
    longer = network(native, epochs=5)
    netspec.train(longer, (X, Y))
    netspec.train(network(native), (X, Y), checkpoint=kept)
    one = network(native, epochs=5)
    history = netspec.train(one, (X, Y), checkpoint=kept, resume=True)
    assert len(history) == 5
    assert file_of(one) == file_of(longer)


def test_the_checkpoint_of_a_training_that_did_not_end_is_not_replaced(native, tmp_path):
    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        netspec.train(network(native), (X, Y), checkpoint=kept, watcher=Watch(1, 3, interrupt))
    before = kept.read_bytes()
    with pytest.raises(DataError, match="did not end is there: resume=True goes on"):
        netspec.train(network(native), (X, Y), checkpoint=kept)
    assert kept.read_bytes() == before
    for _ in range(2):  # one that ended is
        netspec.train(network(native), (X, Y), checkpoint=kept, resume=True)
        netspec.train(network(native), (X, Y), checkpoint=kept)


def test_a_file_that_is_no_checkpoint_is_not_replaced(native, tmp_path):
    (tmp_path / "data.npz").write_bytes(b"years of work")
    with pytest.raises(DataError, match="found another file"):
        netspec.train(network(native), (X, Y), checkpoint=tmp_path / "data.npz")
    assert (tmp_path / "data.npz").read_bytes() == b"years of work"


def test_a_checkpoint_of_another_spec_or_of_other_data_is_refused(native, tmp_path):
    kept = tmp_path / "kept"
    netspec.train(network(native), (X, Y), checkpoint=kept)
    with pytest.raises(DataError, match="that of another"):
        netspec.train(network(native, batch_size=8), (X, Y), checkpoint=kept, resume=True)
    with pytest.raises(DataError, match="others"):
        netspec.train(network(native), (X + 1, Y), checkpoint=kept, resume=True)
    netspec.train(network(native), (X, Y), validation=(X, Y), checkpoint=kept)
    with pytest.raises(DataError, match="others"):
        netspec.train(network(native), (X, Y), validation=(X + 1, Y), checkpoint=kept, resume=True)
    netspec.train(network(native), (X, Y), checkpoint=kept)
    with pytest.raises(DataError, match="seed that the training began with, 5, found 6"):
        netspec.train(network(native), (X, Y), checkpoint=kept, resume=True, seed=6)
    said = "wanted the backend native, contract 0, on which .* found the backend numpy, which may"
    with pytest.raises(DataError, match=said):
        netspec.train(network("numpy"), (X, Y), checkpoint=kept, resume=True)


def test_a_loss_that_is_no_number_stops_with_layer_and_step_and_keeps_the_rest(b, tmp_path):
    kept = tmp_path / "kept"
    schedule = {"type": "piecewise", "boundaries": [2], "factors": [1.0, 1e38]}
    wild = network(b, epochs=4, schedule=schedule, loss=LOSS)
    said = r"phase 1, epoch 3, batch \d+: the loss is \S+: the (layer|weights) .*_1.* may help"
    with pytest.raises(TrainingError, match=said):
        netspec.train(wild, (X, Y), checkpoint=kept)
    assert len(wild.extras.history["loss"]) == 2
    assert all(np.isfinite(array).all() for array in wild.weights.values())
    calm = network(b, epochs=2, schedule=schedule, loss=LOSS)
    netspec.train(calm, (X, Y))
    for name, array in calm.weights.items():
        assert array.tobytes() == wild.weights[name].tobytes(), "the last good weights are kept"
    assert Path(kept).stat().st_size > 0


@pytest.mark.parametrize("validation", [0, 0.25])
def test_weights_that_are_no_numbers_after_the_last_step_are_not_taken(b, validation):
    """No batch follows that would meet them."""
    wild = network(b, batch_size=1000, validation=validation)
    before = dict(wild.weights)
    settings = wild.spec.training.model_dump(mode="json")
    settings |= {"epochs": 1, "optimizer": {"type": "sgd", "learning_rate": 1e308}}
    with pytest.raises(TrainingError, match=r"phase 1, epoch 1, batch 1: the weights \S+ are not"):
        netspec.train(wild, (X, Y), settings=settings)
    assert all(wild.weights[name] is array for name, array in before.items())
