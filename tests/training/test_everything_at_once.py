"""A training that uses all there is, on ragged streams: the same bits when it is interrupted."""

import numpy as np
import pytest

import netspec
from netspec import NetworkSpec
from netspec.backends.native import NativeBackend
from netspec.network import Network
from tests.training.test_same_bits import Watch, file_of, interrupt

EVENTS, STEPS = 70, 11


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    t = rng.integers(3, size=(EVENTS, STEPS))
    return {
        "x": rng.normal(size=(EVENTS, STEPS, 2)) + t[:, :, None],
        "y": t,
        "weights": rng.uniform(0.5, 2, EVENTS),
        "lengths": rng.integers(1, STEPS + 1, EVENTS),
        "state/lstm_1/h": rng.normal(size=(EVENTS, 4)),
        "state/gru_1/h": rng.normal(size=(EVENTS, 3)),
    }


def spec_of(dtype, **cells):
    phase = {"batch_size": 16, "epochs": 3, "clip": {"norm": 0.5, "value": 0.2}}
    phases = [
        {**phase, "optimizer": {"type": "adamw", "learning_rate": 0.02}, "dropout": [0.1, 0.0, 0.2],
         "schedule": {"type": "plateau", "patience": 1, "warmup": 0.5}},
        {**phase, "optimizer": {"type": "rmsprop", "learning_rate": 0.01, "momentum": 0.5},
         "regularization": {"type": "l2", "strength": 1e-3}, "validate_every": 2,
         "schedule": {"type": "cosine"}},
    ]  # fmt: skip
    return NetworkSpec(
        dtype=dtype, seed=11, input={"steps": STEPS, "features": 2},
        layers=[
            {"type": "lstm", "units": 4, "return_sequences": True, **cells},
            {"type": "dropout", "rate": 0.2},
            {"type": "gru", "units": 3, "return_sequences": True, "initial_state": "learned"},
            {"type": "dense", "units": 3},
        ],
        output={"activation": "softmax", "classes": ["a", "b", "c"]},
        initializers={"U": "orthogonal", "W": "he_normal"},
        training={
            "loss": "softmax_cross_entropy", "class_weights": "balanced", "truncate": 4,
            "phases": phases,
        },
    )  # fmt: skip


def network(spec, backend):
    return Network(spec, netspec.build(spec).weights, backend)


def trained(spec, backend, data, **options):
    one = network(spec, backend)
    netspec.train(one, data, **options)
    return file_of(one)


@pytest.fixture(scope="module", params=["float32", "float64"])
def spec(request):
    return spec_of(request.param)


@pytest.fixture(scope="module")
def once(native, spec, data):
    return trained(spec, native, data)


def test_the_formulas_the_prepared_step_and_any_threads_agree(
    native, spec, once, data, monkeypatch
):
    assert trained(spec, NativeBackend(1), data) == once
    assert trained(spec, NativeBackend(2), data) == once
    monkeypatch.setattr(NativeBackend, "training_plan", lambda *_: None)
    assert trained(spec, native, data) == once


@pytest.mark.parametrize("batch", [1, 2, 4, 6, 9, 12, 15, 16, 17, 20, 24])
def test_it_goes_on_to_the_same_bits_from_any_batch(batch, native, spec, once, data, tmp_path):
    taken = []

    class After(Watch):
        def step(self, *_):
            taken.append(1)
            if len(taken) == batch:
                interrupt()

    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        netspec.train(network(spec, native), data, checkpoint=kept, watcher=After(0, 0, interrupt))
    assert trained(spec, native, data, checkpoint=kept, resume=True) == once


def test_with_recurrent_dropout_too(native, data, tmp_path):
    spec, kept = spec_of("float32", recurrent_dropout=0.3), tmp_path / "kept"
    once = trained(spec, NativeBackend(2), data)
    one = network(spec, native)
    with pytest.raises(KeyboardInterrupt):
        netspec.train(one, data, checkpoint=kept, watcher=Watch(2, 2, interrupt))
    assert trained(spec, NativeBackend(1), data, checkpoint=kept, resume=True) == once
    assert once != trained(spec_of("float32"), native, data)
