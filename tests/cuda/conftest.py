"""The GPU that tests ask for: a model of one, or a real one where there is one."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from .model import COMPILER
from .model.cupy import stand_in


@cache
def _real_gpu() -> bool:
    """Whether there is a real GPU, and CuPy.

    With NETSPEC_TEST_POOL=0 each array has memory of its own, whose ends a memory checker knows; in
    CuPy's pool many lie side by side.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # CuPy looks for an installation of CUDA
            import cupy

        if not cupy.cuda.runtime.getDeviceCount():
            return False
        if os.environ.get("NETSPEC_TEST_POOL") == "0":
            cupy.cuda.set_allocator(None)
        return True
    except Exception:  # CuPy's own, where there is no driver
        return False


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked `gpu` where there is none."""
    if item.get_closest_marker("gpu") and not _real_gpu():
        pytest.skip("there is no GPU")


@pytest.fixture(scope="session")
def compiler() -> str:
    """The C++ compiler, without which there is no model."""
    if COMPILER is None:
        pytest.skip("there is no C++ compiler, which the model of a GPU needs")
    return COMPILER


@pytest.fixture
def device_model(
    compiler: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """What stands in for CuPy, installed as `cupy`: `choose("cuda")` then runs on the model."""
    from netspec.backends.cuda import device, keeping

    home = tmp_path_factory.getbasetemp() / "modelled"
    module = stand_in()
    monkeypatch.setitem(sys.modules, "cupy", module)
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(device._Process, "begun", False)
    monkeypatch.setattr(device._Process, "lost", False)
    keeping.folder.cache_clear()
    yield module
    keeping.folder.cache_clear()


@pytest.fixture(params=["a model", pytest.param("a GPU", marks=pytest.mark.gpu)])
def cupy(request: pytest.FixtureRequest) -> Any:
    """CuPy: what stands in for it on the model, and itself where there is a GPU."""
    if request.param == "a GPU":
        return pytest.importorskip("cupy")
    return request.getfixturevalue("device_model")


@pytest.fixture
def second_gpu(cupy: Any) -> str:
    """The name of another GPU; tests that want one are skipped where there is a single one."""
    if cupy.cuda.runtime.getDeviceCount() < 2:
        pytest.skip("there is one GPU only")
    return "cuda:1"
