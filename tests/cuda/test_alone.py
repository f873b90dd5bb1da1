"""CuPy compiles nothing for us: its kernels flush subnormal numbers, and want headers of CUDA's."""

from __future__ import annotations

import numpy as np
import pytest

from netspec import Network, NetworkSpec, train
from netspec.backends.cuda import CudaBackend
from tests.specimens import RAGGED, SEQUENTIAL, every_layer, network_of, specimen

from .test_layers import answers

OPERATORS = ["add", "radd", "iadd", "sub", "rsub", "isub", "mul", "rmul", "imul", "truediv"]
OPERATORS += ["rtruediv", "itruediv", "and", "or", "neg", "invert"]
OPERATORS += ["lt", "le", "gt", "ge", "eq", "ne", "setitem"]
METHODS = ["astype", "copy", "fill", "take", "any", "all", "max", "min", "sum"]
FUNCTIONS = ["add", "where", "maximum", "take", "concatenate", "stack", "arange", "full", "ones"]
FUNCTIONS += ["ascontiguousarray", "copy", "searchsorted", "isnan", "abs", "sqrt"]


@pytest.fixture
def without_kernels(device_model, monkeypatch):
    """CuPy as it is where it can compile nothing."""

    def refused(name):
        def method(*_, **__):
            raise AssertionError(f"CuPy would compile a kernel for {name}")

        return method

    of = device_model.ndarray.of  # zeros are memory that is set, not computed
    monkeypatch.setattr(device_model, "zeros", lambda shape, dtype: of(np.zeros(shape, dtype)))
    for name in OPERATORS:
        monkeypatch.setattr(device_model.ndarray, f"__{name}__", refused(name))
    for name in METHODS:
        monkeypatch.setattr(device_model.ndarray, name, refused(name))
    for name in FUNCTIONS:
        monkeypatch.setattr(device_model, name, refused(name), raising=False)


@every_layer
def test_no_layer_asks_cupy_to_compute(row, without_kernels):
    lengths = RAGGED if row in SEQUENTIAL.values() else None
    answers(CudaBackend(), row, "float32", lengths)


@every_layer
def test_no_network_does(row, without_kernels):
    network = network_of(row, "float32", CudaBackend())
    lengths = RAGGED if row in SEQUENTIAL.values() else None
    network(specimen(row, "float32").x, lengths=lengths, return_state=True)


def test_no_training_does(without_kernels):
    rows = [{"type": "lstm", "units": 3}, {"type": "dense", "units": 1}]
    spec = NetworkSpec(
        input={"shape": (4, 3)},
        layers=rows,
        output={"activation": "sigmoid"},
        training={
            "loss": "cross_entropy",
            "optimizer": {"type": "adam", "learning_rate": 0.01},
            "batch_size": 4,
            "epochs": 2,
            "validation": 0.25,
        },
    )
    rng = np.random.default_rng(1)
    weights = {name: rng.normal(size=p.shape) for name, p in spec.parameters().items()}
    x, y = rng.normal(size=(16, 4, 3)), rng.integers(0, 2, (16, 1))
    train(Network(spec, weights, CudaBackend()), (x, y))
