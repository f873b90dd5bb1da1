"""What is missing for a GPU is said in one sentence, with what helps."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from netspec.backends import choose, default, known
from netspec.backends.cuda import CudaBackend, device
from netspec.errors import UnavailableError
from netspec.kernels import compiled


def refused(number=0):
    """Give the sentence with which there is no device."""
    with pytest.raises(UnavailableError) as error:
        device.find(number)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_cupy_the_extra_is_named(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(device, "import_module", missing)
    assert refused() == ("device 'cuda': wanted CuPy, found none: pip install 'netspec[cuda]'")
    assert not CudaBackend.available()
    assert device.told() == {"here": False, "why_not": refused()}


def test_a_cupy_that_does_not_load_speaks_for_itself(monkeypatch):
    def broken(name):
        raise ImportError("libcublas.so.13: cannot open shared object file\nand so on")

    monkeypatch.setattr(device, "import_module", broken)
    assert refused().startswith(
        "device 'cuda': CuPy is installed but does not load (libcublas.so.13: cannot open shared"
    )


def test_what_cupy_itself_wants_and_lacks_is_no_missing_cupy(monkeypatch):
    def without_numpy(name):
        raise ModuleNotFoundError("No module named 'cuda.pathfinder'", name="cuda.pathfinder")

    monkeypatch.setattr(device, "import_module", without_numpy)
    assert "does not load (No module named 'cuda.pathfinder')" in refused()


class Refusal(RuntimeError):
    """As CuPy's CUDARuntimeError."""


def cupy_that_finds(message, driver):
    """Give a CuPy whose runtime gives no device, with that message."""

    def count():
        raise Refusal(message)

    runtime = SimpleNamespace(
        CUDARuntimeError=Refusal,
        getDeviceCount=count,
        driverGetVersion=lambda: driver,
        runtimeGetVersion=lambda: 13020,
    )
    return SimpleNamespace(cuda=SimpleNamespace(runtime=runtime), __version__="14.2.0")


@pytest.mark.parametrize(
    ("message", "driver", "sentence"),
    [
        (
            "cudaErrorInsufficientDriver: CUDA driver version is insufficient",
            0,
            "device 'cuda': wanted an NVIDIA driver, found none: install one, or use device 'cpu'",
        ),
        (
            "cudaErrorInsufficientDriver: CUDA driver version is insufficient",
            12040,
            "device 'cuda': wanted a driver for CUDA 13.2, found one for 12.4: install a newer"
            " driver, or the CuPy that is made for it",
        ),
        (
            "cudaErrorNoDevice: no CUDA-capable device is detected",
            13020,
            "device 'cuda': wanted a GPU, found none that this process may see: use device 'cpu'",
        ),
        (
            "cudaErrorSystemNotReady: system not yet initialized",
            13020,
            "device 'cuda': wanted a GPU, found cudaErrorSystemNotReady: system not yet"
            " initialized: use device 'cpu'",
        ),
    ],
)
def test_a_driver_that_gives_no_gpu_is_told(message, driver, sentence, monkeypatch):
    cupy = cupy_that_finds(message, driver)
    monkeypatch.setattr(device, "import_module", lambda name: cupy)
    monkeypatch.setattr(device._Process, "begun", False)
    assert refused() == sentence
    told = device.told()
    assert (told["here"], told["why_not"], told["runtime"]) == (False, sentence, "13.2")


def test_a_gpu_that_is_not_there_is_refused_by_its_number(device_model):
    assert refused(2) == "device 'cuda:2': wanted a number from 0 to 1, found 2"
    del device_model.machine.gpus[1]
    assert refused(1) == "device 'cuda:1': wanted 0, the only one, found 1"
    with pytest.raises(UnavailableError, match="the only one"):
        CudaBackend(number=7)


def test_a_gpu_that_is_too_old_is_refused(device_model):
    device_model.machine.gpus[0].compute = (7, 5)
    assert refused() == (
        "device 'cuda:0': wanted compute capability 8.0 or newer, found 7.5 (Modelled GPU), which"
        " is too old: use another GPU, or device 'cpu'"
    )
    assert not CudaBackend.available()
    assert device.find(1).compute == (9, 0)
    device_model.machine.gpus[0].compute = (8, 0)
    assert device.find(0).compute == device.OLDEST


def test_a_process_that_was_forked_from_one_with_a_gpu_is_told(device_model, monkeypatch):
    b = CudaBackend()
    assert device._Process.begun
    monkeypatch.setattr(device._Process, "lost", False)
    device._Process.forked()  # what the child does
    with pytest.raises(UnavailableError, match=r"^device 'cuda': this process was forked from"):
        b.computing().__enter__()
    assert "multiprocessing's 'spawn'" in refused()


def test_a_child_that_was_forked_before_any_gpu_may_use_one(monkeypatch):
    monkeypatch.setattr(device._Process, "begun", False)
    device._Process.forked()
    device.alive()


def test_what_is_found_is_told(device_model):
    told = device.told()
    assert told["here"]
    assert "why_not" not in told
    assert told["devices"][0] == {
        "name": "Modelled GPU",
        "compute_capability": "9.0",
        "memory": 2**28,
        "multiprocessors": 4,
    }
    assert set(known()) >= {"cuda", "numpy"}


def test_a_backend_travels_as_the_number_of_its_gpu(device_model):
    b = CudaBackend(2, number=1)
    again = pickle.loads(pickle.dumps(b))
    assert (again.device_name, again.threads) == ("cuda:1", 2)
    assert copy.deepcopy(b) is b
    device_model.machine.gpus.pop()
    with pytest.raises(UnavailableError, match="'cuda:1': wanted 0, the only one"):
        pickle.loads(pickle.dumps(b))


def test_what_runs_by_default_is_the_processor_also_beside_a_gpu(device_model):
    assert default() == choose().name == ("native" if compiled() else "numpy")


def test_a_network_on_the_processor_imports_no_cupy_and_nothing_of_the_gpu():
    told = (
        "import sys, netspec, numpy\n"
        "spec = netspec.NetworkSpec(input={'shape': [2]}, layers=[{'type': 'dense', 'units': 1}])\n"
        "netspec.build(spec)(numpy.ones((3, 2)))\n"
        "netspec.Network(spec, netspec.build(spec).weights, 'numpy')\n"
        "of_a_gpu = {'cupy', 'netspec.backends.cuda'}\n"
        "sys.exit(not of_a_gpu.isdisjoint(sys.modules))"
    )
    subprocess.run([sys.executable, "-c", told], check=True)


def test_cupy_without_a_driver_says_that_there_is_none(monkeypatch):
    cupy = pytest.importorskip("cupy")
    if cupy.cuda.runtime.driverGetVersion():
        pytest.skip("there is a driver")
    monkeypatch.setattr(device._Process, "begun", False)
    assert "wanted an NVIDIA driver, found none" in refused()
    assert device.told()["cupy"] == cupy.__version__


def test_an_array_of_the_second_gpu_comes_to_memory_whichever_is_the_current_one(second_gpu, cupy):
    b, x = choose(second_gpu), np.arange(6.0).reshape(2, 3)
    with b.computing():
        turned = b.array(x).T
    assert cupy.cuda.Device().id == 0
    assert b.numpy(turned).tobytes() == x.T.tobytes()
