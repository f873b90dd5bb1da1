"""A training that stops on one device goes on on another, where both promise the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import NetworkSpec, build, train
from netspec.backends.cuda import CudaBackend
from netspec.errors import DataError

RNG = np.random.default_rng(8)
X, Y = RNG.standard_normal((40, 5, 3)), RNG.standard_normal((40, 1))
LENGTHS = RNG.integers(1, 6, 40)


def spec(epochs=3):
    return NetworkSpec(
        input={"features": 3},
        layers=[
            {"type": "lstm", "units": 4, "return_sequences": True},
            {"type": "dropout", "rate": 0.2},
            {"type": "gru", "units": 3},
            {"type": "batch_norm"},
            {"type": "dense", "units": 1},
        ],
        training={
            "loss": "squared_error",
            "epochs": epochs,
            "batch_size": 8,
            "validation": 0.25,
            "optimizer": {"type": "adam", "learning_rate": 0.01},
        },
    )


def taught(devices, place, precision=None):
    """Train an epoch on each device but the last, which goes on to the end; give the weights."""
    for epochs, device in enumerate(devices, 1):
        one = spec(3 if epochs == len(devices) else epochs)
        network = build(one, seed=5, device=device, precision=precision if epochs > 1 else None)
        train(network, (X, Y), lengths=LENGTHS, checkpoint=place, resume=epochs > 1)
    return {name: array.tobytes() for name, array in network.weights.items()}


@pytest.fixture
def promised(device_model, native, monkeypatch):
    """A GPU that has shown that it keeps the contract."""
    monkeypatch.setattr(CudaBackend, "exact", True)


@pytest.fixture
def native():
    """The processor's backend that keeps it."""
    from netspec.backends import default

    if default() != "native":
        pytest.skip("no kernels were compiled")


@pytest.mark.parametrize("devices", [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cpu", "cuda:1")])
def test_from_device_to_device_the_bits_are_those_of_one(promised, tmp_path, devices):
    assert taught(devices, tmp_path / "moved") == taught(["cpu"], tmp_path / "stayed")


def test_from_gpu_to_gpu_they_are_so_without_a_promise(device_model, tmp_path):
    moved = taught(("cuda", "cuda:1"), tmp_path / "moved")
    assert moved == taught(["cuda"], tmp_path / "stayed")


def test_where_one_does_not_promise_them_it_is_refused(device_model, native, tmp_path):
    with pytest.raises(
        DataError, match=r"the backend native, contract \d+, which may give other b"
    ):
        taught(("cuda", "cpu"), tmp_path / "moved")


def test_lower_precision_is_refused_whatever_is_promised(promised, tmp_path):
    with pytest.raises(DataError, match="cuda in tf32, which may give other bits: go on where it"):
        taught(("cuda", "cuda"), tmp_path / "moved", precision="tf32")
