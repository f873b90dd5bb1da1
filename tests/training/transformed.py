"""Small problems whose variables are of very different sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec import NetworkSpec

SIZES = np.array([1e4, 1e-3, 30.0])


def events(count: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Give x (count, 3) of float32 and y (count,): whether a sum of the three is above 0."""
    z = np.random.default_rng(seed).normal(size=(count, 3))
    y = (z[:, 0] + z[:, 1] - z[:, 2] > 0).astype("int64")
    return (z * SIZES + 3 * SIZES).astype("float32"), y


def energies(count: int = 300, seed: int = 0) -> tuple[Any, Any]:
    """Give x (count, 3) and y (count, 2) of float32: two numbers of other sizes to be found."""
    x, _ = events(count, seed)
    z = x / SIZES - 3
    y = np.stack([5e3 + 800 * np.tanh(z[:, 0] + z[:, 1]), 1e-2 * z[:, 2]], 1)
    return x, y.astype("float32")


def spec_of(shape: Any, outputs: int, transform: str, rows: Any = None, **more: Any) -> NetworkSpec:
    """Give the spec of a dense network, a classifier where `output` says so."""
    rows = rows or [
        {"type": "dense", "units": 8, "activation": "tanh"},
        {"type": "dense", "units": outputs},
    ]
    given = {"features": shape[-1]} if shape[0] is None else {"shape": list(shape)}
    settings = {"loss": "squared_error", "batch_size": 20, "epochs": 4, "transform": transform}
    settings |= more.pop("training", {})
    return NetworkSpec(**{"input": given, "layers": rows, "seed": 3, "training": settings, **more})


def classifier(transform: str, shape: Any = (3,), rows: Any = None, **training: Any) -> NetworkSpec:
    """Give the spec of a classifier of two classes."""
    output = {"activation": "sigmoid", "classes": ["Signal", "Background"]}
    training = {"loss": "cross_entropy", **training}
    return spec_of(shape, 1, transform, rows, output=output, training=training)


def normalized(x: Any, low: Any, high: Any) -> Any:
    """Give what TMVA makes of float32 numbers, in float32."""
    f = np.float32
    return (x - low) * (f(1) / (high - low)) * f(2) - f(1)
