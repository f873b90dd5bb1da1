"""A small network with all that a plan has to get right, and what comes out of it, in bits."""

from __future__ import annotations

import numpy as np

from netspec import Network, NetworkSpec, build
from tests.specimens import all_of

JETS = {
    "input": {"steps": 10, "features": 6},
    "layers": [
        {"type": "lstm", "units": 7, "return_sequences": True, "direction": "both"},
        {"type": "gru", "units": 5},
        {"type": "dense", "units": 3, "activation": "tanh"},
    ],
}


def made(dtype="float32", b=None, **options):
    """Make a network that uses threads on some hundred events."""
    spec = NetworkSpec(dtype=dtype, **(JETS | options))
    return Network(spec, build(spec, seed=1).weights, b)


def events(count=300, dtype="float32"):
    return np.random.default_rng(count).standard_normal((count, 10, 6)).astype(dtype)


def bits(network, x, **options):
    """Give the bits of outputs, final states and gradients."""
    y, state = network(x, return_state=True, **options)
    step = network.forward(x, **options)
    slopes = all_of(step.back(np.ones_like(step.y)))
    return {k: v.tobytes() for k, v in {"y": y, **state, **slopes}.items()}
