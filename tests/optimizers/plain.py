"""Every optimizer once more, on one Python number: from options to a function of gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Path = Iterator[float]


def sgd(o: Any, w: float, gradients: Iterable[float]) -> Path:
    v = 0.0
    for g in gradients:
        v = o.momentum * v + g
        w -= o.learning_rate * (g + o.momentum * v if o.nesterov else v)
        yield w


def adam(o: Any, w: float, gradients: Iterable[float], decay: float = 0.0) -> Path:
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        w -= o.learning_rate * decay * w
        m = o.beta1 * m + (1 - o.beta1) * g
        v = o.beta2 * v + (1 - o.beta2) * g**2
        if o.epsilon_hat:
            rate = o.learning_rate * math.sqrt(1 - o.beta2**t) / (1 - o.beta1**t)
            w -= rate * m / (math.sqrt(v) + o.epsilon)
        else:
            m_hat, v_hat = m / (1 - o.beta1**t), v / (1 - o.beta2**t)
            w -= o.learning_rate * m_hat / (math.sqrt(v_hat) + o.epsilon)
        yield w


def adamw(o: Any, w: float, gradients: Iterable[float]) -> Path:
    return adam(o, w, gradients, o.weight_decay)


def adagrad(o: Any, w: float, gradients: Iterable[float]) -> Path:
    total = 0.0
    for g in gradients:
        total += g**2
        w -= o.learning_rate * g / math.sqrt(total + o.epsilon)
        yield w


def rmsprop(o: Any, w: float, gradients: Iterable[float]) -> Path:
    mean = moved = 0.0
    for g in gradients:
        mean = o.rho * mean + (1 - o.rho) * g**2
        moved = o.momentum * moved + o.learning_rate * g / math.sqrt(mean + o.epsilon)
        w -= moved
        yield w


def adadelta(o: Any, w: float, gradients: Iterable[float]) -> Path:
    of_g = of_d = 0.0
    for g in gradients:
        of_g = o.rho * of_g + (1 - o.rho) * g**2
        d = math.sqrt(of_d + o.epsilon) * g / math.sqrt(of_g + o.epsilon)
        w -= o.learning_rate * d
        of_d = o.rho * of_d + (1 - o.rho) * d**2
        yield w


PLAIN: dict[str, Callable[[Any, float, Iterable[float]], Path]] = {
    "sgd": sgd,
    "adam": adam,
    "adamw": adamw,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
}
