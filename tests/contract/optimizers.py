"""Optimizers by the contract: from weights, gradients and state to weights and state."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np


def power(base: float, exponent: int) -> float:
    """Give a power by squaring, from the lowest bit up."""
    result = 1.0
    for bit in reversed(f"{exponent:b}"):
        if bit == "1":
            result = result * base
        base = base * base
    return result


def sgd(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    if not o.momentum:
        return w - (rate * g), {}
    v = (o.momentum * s["v"]) + g
    return w - (rate * (g + (o.momentum * v) if o.nesterov else v)), {"v": v}


def adam(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    size, spread = rate / (1 - power(o.beta1, t)), sqrt(1 - power(o.beta2, t))
    if o.epsilon_hat:
        size, spread = size * spread, 1.0
    m = (o.beta1 * s["m"]) + ((1 - o.beta1) * g)
    v = (o.beta2 * s["v"]) + ((1 - o.beta2) * (g * g))
    return w - ((size * m) / ((np.sqrt(v) / spread) + o.epsilon)), {"m": m, "v": v}


def adamw(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    return adam(o, (1 - rate * o.weight_decay) * w, g, s, rate, t)


def adagrad(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    V = s["V"] + (g * g)
    return w - ((rate * g) / np.sqrt(V + o.epsilon)), {"V": V}


def rmsprop(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    V = (o.rho * s["V"]) + ((1 - o.rho) * (g * g))
    step = (rate * g) / np.sqrt(V + o.epsilon)
    if not o.momentum:
        return w - step, {"V": V}
    W = (o.momentum * s["W"]) + step
    return w - W, {"V": V, "W": W}


def adadelta(o: Any, w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    V = (o.rho * s["V"]) + ((1 - o.rho) * (g * g))
    d = (np.sqrt(s["W"] + o.epsilon) * g) / np.sqrt(V + o.epsilon)
    return w - (rate * d), {"V": V, "W": (o.rho * s["W"]) + ((1 - o.rho) * (d * d))}


OPTIMIZERS = {
    "adadelta": adadelta,
    "adagrad": adagrad,
    "adam": adam,
    "adamw": adamw,
    "rmsprop": rmsprop,
    "sgd": sgd,
}
