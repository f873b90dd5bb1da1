"""Samples to fit on, made of arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from netspec import NetworkSpec, dataset
from netspec.backends import choose
from netspec.fitting.sample import Sample

ROOT = json.loads((Path(__file__).parent / "root.json").read_text(encoding="utf-8"))
B = choose()


def spec_of(shape: Any, transform: str = "", dtype: str = "float32", **more: Any) -> NetworkSpec:
    """Give the spec of a small regression on events of this shape."""
    given = {"features": shape[1]} if len(shape) == 2 and shape[0] is None else {"shape": shape}
    rows = [{"type": "flatten"}, {"type": "dense", "units": 1}]
    data = {"input": given, "layers": rows if None not in shape else rows[1:], "dtype": dtype}
    training = {"loss": "squared_error", "transform": transform}
    return NetworkSpec(**{**data, "training": training, **more})


def sample(x: Any, weights: Any = None, dtype: str = "float32", positions: Any = None) -> Sample:
    """Give a sample of the rows x (events, n)."""
    spec = spec_of(x.shape[1:], dtype=dtype)
    events = dataset.of(spec, (x, np.zeros(len(x))), weights=weights)
    positions = tuple(range(x.shape[1])) if positions is None else positions
    return Sample(events, np.arange(len(x)), "V", positions, None, lambda k: f"variable {k}", "X")


def correlated(events: int = 400, seed: int = 0) -> Any:
    """Give x (events, 3), float32: three variables of other sizes that depend on each other."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.normal(size=(3, events))
    return np.stack([10 * a + 50, 0.1 * b + 0.01 * a, c - 2 * b], 1).astype("float32")
