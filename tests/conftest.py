"""The backends that are here, files that the project does not hold, and how random tests draw."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

from netspec.backends import Backend, choose, known
from netspec.backends.numpy import NumpyBackend

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# The same draws in every run: whoever sees a failure sees it again. No clock: machines differ.
hypothesis.settings.register_profile(
    "same",
    derandomize=True,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("same")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what wants a GPU where there is none."""
    if item.get_closest_marker("gpu") and "cuda" not in known():
        pytest.skip("there is no GPU")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A shell tells what it runs in the background to ignore Ctrl-C, which some tests press."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


IN_MEMORY = [name for name, cls in known().items() if issubclass(cls, NumpyBackend)]


@pytest.fixture(scope="session", params=IN_MEMORY)
def b(request: pytest.FixtureRequest) -> Backend:
    """Each backend on NumPy arrays that can run here: what is asked of one is asked of all."""
    return choose(request.param)


@pytest.fixture(scope="session")
def native() -> Backend:
    """The exact backend; tests of it alone are skipped where its kernels are not compiled."""
    if "native" not in known():
        pytest.skip("there are no compiled kernels")
    return choose("native")


def _folder(variable: str, default: Path, what: str) -> Path:
    folder = Path(os.environ.get(variable, default))
    if not folder.is_dir():
        pytest.skip(f"{what} are not here: {variable} can name their folder")
    return folder


@pytest.fixture(scope="session")
def real_files() -> Path:
    """The folder of model files that other people made, such as `tmva/lstm_6.22.weights.xml`."""
    return _folder("NETSPEC_REAL_FILES", SHARED / "real", "real model files")


@pytest.fixture(scope="session")
def oracle_files() -> Path:
    """The folder of numbers from other implementations that the project does not hold itself."""
    return _folder("NETSPEC_ORACLES", SHARED / "oracles", "oracle files")
