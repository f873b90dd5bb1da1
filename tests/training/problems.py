"""Small problems that a network can be trained on, drawn from NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec import NetworkSpec

STEPS, FEATURES = 6, 3


def sequences(events: int, seed: int = 0, classes: int = 2) -> tuple[Any, Any]:
    """Give x (events, STEPS, FEATURES) and the class (events,) that its mean tells."""
    rng = np.random.default_rng(seed)
    y = rng.integers(classes, size=events)
    x = rng.normal(size=(events, STEPS, FEATURES)) + 0.7 * (y[:, None, None] - (classes - 1) / 2)
    return x, y


def spec_of(rows: list[dict[str, Any]], dtype: str = "float64", **options: Any) -> NetworkSpec:
    """Give the spec of some layers on such sequences."""
    given = {"steps": STEPS, "features": FEATURES}
    return NetworkSpec(**{"dtype": dtype, "input": given, "layers": rows, **options})


def classifier(dtype: str = "float32", **training: Any) -> NetworkSpec:
    """Give the spec of a small network that tells two classes apart."""
    rows = [
        {"type": "lstm", "units": 5, "return_sequences": True},
        {"type": "gru", "units": 4},
        {"type": "dropout", "rate": 0.1},
        {"type": "dense", "units": 1},
    ]
    settings = {"batch_size": 16, "epochs": 3, **training}
    output = {"activation": "sigmoid", "classes": ["Signal", "Background"]}
    return spec_of(rows, dtype, seed=5, output=output, training=settings)
