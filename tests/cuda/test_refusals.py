"""A CuPy that is not CuPy, one that is too old, a driver that gives up: one sentence each."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.backends.cuda import CudaBackend, device
from netspec.errors import UnavailableError

SPEC = NetworkSpec(input={"features": 2}, layers=[{"type": "lstm", "units": 2}])


class Refusal(RuntimeError):
    """As CuPy's CUDARuntimeError."""


def refused():
    with pytest.raises(UnavailableError) as error:
        device.find()
    assert "\n" not in str(error.value)
    assert device.told()["why_not"] == str(error.value)
    assert not CudaBackend.available()
    return str(error.value)


@pytest.fixture
def imported(monkeypatch):
    """What stands for CuPy is imported in its place."""
    monkeypatch.setattr(device._Process, "begun", False)

    def install(cupy):
        monkeypatch.setattr(device, "import_module", lambda name: cupy)

    return install


def of_runtime(**runtime):
    facts = {
        "CUDARuntimeError": Refusal,
        "getDeviceCount": lambda: 1,
        "driverGetVersion": lambda: 13000,
        "runtimeGetVersion": lambda: 13000,
    }
    return SimpleNamespace(
        __version__="9.6.0", cuda=SimpleNamespace(runtime=SimpleNamespace(**facts | runtime))
    )


def test_a_folder_of_the_name_cupy_is_no_cupy(imported):
    imported(SimpleNamespace())
    assert refused() == (
        "device 'cuda': wanted CuPy 14, found a module of that name ('types.SimpleNamespace' object"
        " has no attribute 'cuda'): pip install 'netspec[cuda]'"
    )


@pytest.mark.parametrize("runtime", [{}, {"getDeviceProperties": lambda number: {"name": b"A"}}])
def test_a_cupy_that_does_not_know_what_is_asked_is_too_old(imported, runtime):
    imported(of_runtime(**runtime))
    assert refused() == "device 'cuda': wanted CuPy 14, found 9.6.0: pip install 'netspec[cuda]'"


def test_a_gpu_that_does_not_answer_is_told(imported):
    def lost(number):
        raise Refusal("cudaErrorDevicesUnavailable: all CUDA-capable devices are busy\nso")

    imported(of_runtime(getDeviceProperties=lost))
    assert refused() == (
        "device 'cuda': wanted a GPU that answers, found cudaErrorDevicesUnavailable: all"
        " CUDA-capable devices are busy: use device 'cpu'"
    )


@pytest.mark.parametrize("kind", ["CUDARuntimeError", "CUDADriverError"])
def test_a_gpu_that_gives_up_in_the_middle_is_told(device_model, monkeypatch, kind):
    network = build(SPEC, device="cuda:1")
    cuda = device_model.cuda
    error = getattr(cuda.runtime if "Runtime" in kind else cuda.driver, kind)

    def lost(*_):
        raise error("cudaErrorECCUncorrectable: uncorrectable ECC error encountered")

    monkeypatch.setattr(type(network.backend.kernels), "kernel", lost)
    with pytest.raises(UnavailableError) as told:
        network(np.ones((1, 3, 2)))
    assert str(told.value) == (
        "device 'cuda:1': wanted a GPU that goes on, found cudaErrorECCUncorrectable:"
        " uncorrectable ECC error encountered: begin anew, or use device 'cpu'"
    )
