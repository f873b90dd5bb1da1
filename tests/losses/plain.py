"""Every loss once more, on Python's numbers: a row y and its targets t, values and slopes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Row = Sequence[float]
Terms = tuple[list[float], list[float]]


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


def cross_entropy(loss: Any, y: Row, t: Row) -> Terms:
    pairs = list(zip(y, t, strict=True))
    values = [b * softplus(-a) + (1 - b) * softplus(a) for a, b in pairs]
    return values, [sigmoid(a) - b for a, b in pairs]


def softmax_cross_entropy(loss: Any, y: Row, t: Row) -> Terms:
    top = max(y)
    total = math.fsum(math.exp(a - top) for a in y)
    chances = [math.exp(a - top) / total for a in y]
    logs = [a - top - math.log(total) for a in y]
    value = -math.fsum(b * log for b, log in zip(t, logs, strict=True))
    return [value], [p * math.fsum(t) - b for p, b in zip(chances, t, strict=True)]


def squared_error(loss: Any, y: Row, t: Row) -> Terms:
    errors = [a - b for a, b in zip(y, t, strict=True)]
    return [e**2 for e in errors], [2 * e for e in errors]


def absolute_error(loss: Any, y: Row, t: Row) -> Terms:
    errors = [a - b for a, b in zip(y, t, strict=True)]
    return [abs(e) for e in errors], [float((e > 0) - (e < 0)) for e in errors]


def huber(loss: Any, y: Row, t: Row) -> Terms:
    values, slopes = [], []
    for a, b in zip(y, t, strict=True):
        e, far = a - b, abs(a - b) > loss.delta
        values.append(loss.delta * (abs(e) - loss.delta / 2) if far else e**2 / 2)
        slopes.append(math.copysign(loss.delta, e) if far else e)
    return values, slopes


PLAIN: dict[str, Callable[[Any, Row, Row], Terms]] = {
    "cross_entropy": cross_entropy,
    "softmax_cross_entropy": softmax_cross_entropy,
    "squared_error": squared_error,
    "absolute_error": absolute_error,
    "huber": huber,
}
