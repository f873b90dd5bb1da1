"""A small model file with everything in it that a file can hold."""

import io

import numpy as np
import pytest

from netspec import NetworkSpec, formats
from netspec.formats import Extras, Golden
from netspec.formats.xml import decimals, numbers
from netspec.kernels import compiled, why_not


@pytest.fixture(scope="module", params=["plain", "compiled"])
def way(request):
    """Write and read numbers in plain Python, then with the compiled kernels."""
    if request.param == "compiled" and not compiled():
        pytest.skip(f"there are no compiled kernels here: {why_not()}")
    with pytest.MonkeyPatch.context() as patch:
        for module in (numbers, decimals):
            patch.setattr(module, "compiled", compiled if request.param == "compiled" else none)
        yield request.param


def none():
    return None


@pytest.fixture(scope="session")
def small():
    """Give the bytes of a model: two layers, gates, a history, golden outputs, odd numbers."""
    spec = NetworkSpec(
        name="small",
        input={"steps": 2, "features": 1},
        layers=[{"type": "gru", "units": 1}, {"type": "dense", "units": 1}],
    )
    weights = {
        "gru_1/W": np.array([0.1, -2.5, 1e-5], np.float32).reshape(3, 1, 1),
        "gru_1/U": np.array([-0.0, np.inf, 1e-45], np.float32).reshape(3, 1, 1),
        "gru_1/b": np.array([0x7FC00000, 0xFFC00001, 0x7F7FFFFF], np.uint32)
        .view(np.float32)
        .reshape(3, 1),
        "dense_1/W": np.array([[3]], np.float32),
        "dense_1/b": np.array([0.5], np.float32),
    }
    golden = Golden(
        inputs=np.array([[[1], [2]]], np.float32),
        outputs=np.array([[-0.0]], np.float32),
        lengths=np.array([2]),
        engine="numpy",
        contract="0",
        tolerance=1e-5,
    )
    extras = Extras({"by": "A & B"}, golden, {"loss": (0.5, float("nan"))})
    target = io.BytesIO()
    formats.write(target, spec, weights, extras)
    return target.getvalue()
