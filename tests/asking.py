"""Put a stored question to netspec, and measure how far its answer is from the other one.

A case is what `tests/oracles/make_torch_oracles.py` writes: layers, weights, input, and the
outputs, final states and gradients that somebody else found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydantic
import pytest

from netspec.backends import Backend
from netspec.backends.numpy import NumpyBackend
from netspec.layers import Layer, Layers, stack

ORACLES = Path(__file__).parent / "oracles"
NUMPY = NumpyBackend()
TOLERANCE = 1e-12

Case = Mapping[str, Any]
Arrays = dict[str, np.ndarray]


def stored(kind: str) -> dict[str, Case]:
    """Read the cases of `oracles/torch_<kind>.json`."""
    return json.loads((ORACLES / f"torch_{kind}.json").read_text())


def every_case() -> list[Any]:
    """Give every stored case as a parameter of a test."""
    kinds = sorted(path.stem.removeprefix("torch_") for path in ORACLES.glob("torch_*.json"))
    return [
        pytest.param(case, id=f"{kind}-{name}")
        for kind in kinds
        for name, case in stored(kind).items()
    ]


def layers_of(rows: Any) -> tuple[Layer, ...]:
    """Make the layers of spec rows."""
    return pydantic.TypeAdapter(Layers).validate_python(rows)


def arrays(values: Any) -> Any:
    """Give nested lists as float64 arrays, dictionaries of them as such."""
    if isinstance(values, Mapping):
        return {key: arrays(value) for key, value in values.items()}
    return np.array(values, "float64")


def inside(b: Backend, values: Any) -> Any:
    """Bring arrays, and dictionaries of them, to a backend."""
    if values is None:
        return None
    if isinstance(values, Mapping):
        return {key: inside(b, value) for key, value in values.items()}
    return b.array(values)


def outside(b: Backend, values: Any) -> Any:
    """Bring arrays, and dictionaries of them, back from a backend."""
    if isinstance(values, Mapping):
        return {key: outside(b, value) for key, value in values.items()}
    return b.numpy(values)


def answer(case: Case, b: Backend = NUMPY) -> dict[str, Any]:
    """Run a case forward and back; give `y`, `final` and `gradients`, as in the file."""
    layers = layers_of(case["layers"])
    p, x = inside(b, arrays(case["weights"])), b.array(arrays(case["x"]))
    options = {
        "lengths": None if case["lengths"] is None else b.array(np.array(case["lengths"])),
        "state": inside(b, arrays(case["state"])),
    }
    with b.computing():
        step, _ = stack.forward(layers, b, p, x, **options)
        dfinal = inside(b, arrays(case["dfinal"]))
        slopes = step.back(b.array(arrays(case["dy"])), dfinal)
    given = {name: slopes.state[name] for name in case["state"]}
    return {
        "y": outside(b, step.y),
        "final": outside(b, step.state),
        "gradients": {
            "weights": outside(b, slopes.weights),
            "x": outside(b, slopes.x),
            "state": outside(b, given),
        },
    }


def applied(case: Case, b: Backend = NUMPY) -> dict[str, Any]:
    """Run a case for inference; give `y` and `final`."""
    lengths = None if case["lengths"] is None else b.array(np.array(case["lengths"]))
    p, state = inside(b, arrays(case["weights"])), inside(b, arrays(case["state"]))
    layers, x = layers_of(case["layers"]), b.array(arrays(case["x"]))
    with b.computing():
        y, final, _ = stack.apply(layers, b, p, x, lengths=lengths, state=state)
    return {"y": outside(b, y), "final": outside(b, final)}


def distances(got: Any, want: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Give, for every array, the largest distance relative to max(1, |wanted|)."""
    if isinstance(got, Mapping):
        assert got.keys() == want.keys(), f"{name}: {sorted(got)} and not {sorted(want)}"
        for key, value in got.items():
            yield from distances(value, want[key], f"{name}/{key}")
        return
    wanted = arrays(want)
    assert got.shape == wanted.shape, f"{name}: {got.shape} and not {wanted.shape}"
    far = np.abs(got - wanted) / np.maximum(1, np.abs(wanted))
    yield name, float(np.max(far, initial=0.0)) if np.all(np.isfinite(got)) else np.inf


def worst(got: Mapping[str, Any], case: Case) -> float:
    """Give the largest distance of an answer from the stored one."""
    return max(far for _, far in distances(got, {key: case[key] for key in got}))


def agrees(got: Mapping[str, Any], case: Case, tolerance: float = TOLERANCE) -> None:
    """Assert that an answer is the stored one, naming what is not."""
    wanted = {key: case[key] for key in got}
    wrong = {name: far for name, far in distances(got, wanted) if not far <= tolerance}
    assert not wrong
