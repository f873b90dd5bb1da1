"""Every layer that is no cell, by its row of the contract: `layer(o, p, x, valid, state, rng)`.

`o` is the layer of a spec, of which nothing is used but its options; `valid` counts the valid steps
of each event, and is None where all are. A layer gives its output, its final states, and
`back(dy, dfinal)`, which gives the slopes in the input, the weights and the first states. Rows of
steps that are not valid stay +0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from . import activations as f
from .images import batch_norm, convolution, max_pool
from .recurrent import below, merged, parted, recurrent, under
from .sums import long_sum, outer_sum, product
from .transformations import (
    components,
    decorrelated,
    gaussian,
    normalized,
    rearranged,
    transformation,
)

Rows = Mapping[str, Any]


def valid_rows(x: Any, valid: list[int] | None) -> Iterator[tuple[int, ...]]:
    """Give the place of every row (the last axis) that counts."""
    for at in np.ndindex(x.shape[:-1]):
        if valid is None or at[1] < valid[at[0]]:
            yield at


def in_steps(x: Any) -> Any:
    """Give rows as (events, steps, numbers)."""
    steps = int(np.prod(x.shape[1:-1]))
    return x.reshape(len(x), steps, x.shape[-1])


def dense(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    z = np.zeros((*x.shape[:-1], o.units), x.dtype)
    y = np.zeros_like(z)
    for at in valid_rows(x, valid):
        z[at] = product(x[at], p["W"], p.get("b"))
        y[at] = f.apply(o.activation, z[at])

    def back(dy: Any, dfinal: Rows) -> Any:
        dz, dx = np.zeros_like(z), np.zeros_like(x)
        for at in valid_rows(x, valid):
            dz[at] = f.back(o.activation, z[at], y[at], dy[at])
            dx[at] = product(dz[at], p["W"].T)
        weights = {"W": outer_sum(in_steps(dz), in_steps(x))}
        if o.bias:
            weights["b"] = long_sum(in_steps(dz))
        return dx, weights, {}

    return y, {}, back


def activation(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    y = np.zeros_like(x)
    for at in valid_rows(x, valid):
        y[at] = f.apply(o.activation, x[at])

    def back(dy: Any, dfinal: Rows) -> Any:
        dx = np.zeros_like(x)
        for at in valid_rows(x, valid):
            dx[at] = f.back(o.activation, x[at], y[at], dy[at])
        return dx, {}, {}

    return y, {}, back


def dropout(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    if rng is None or o.rate == 0:
        return x, {}, lambda dy, dfinal: (dy, {}, {})
    events, steps, *rest = x.shape
    kept = rng.happens(1 - o.rate, (steps, events, *rest)).swapaxes(0, 1)

    def thin(a: Any) -> Any:
        return np.where(kept, a / (1 - o.rate), 0.0)

    return thin(x), {}, lambda dy, dfinal: (thin(dy), {}, {})


def embedding(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    ids = (x[..., None] if x.ndim == 2 else x).astype(int)
    y = np.zeros((*ids.shape[:2], ids.shape[2] * o.units), x.dtype)
    for at in valid_rows(ids, valid):
        y[at] = np.concatenate([p["W"][one] for one in ids[at]])

    def back(dy: Any, dfinal: Rows) -> Any:
        if not o.trainable:
            return np.zeros_like(x), {}, {}
        by_id = np.zeros((o.ids, *ids.shape, o.units), x.dtype)
        for at in valid_rows(ids, valid):
            for k, slope in enumerate(dy[at].reshape(-1, o.units)):
                by_id[(ids[(*at, k)], *at, k)] = slope
        return np.zeros_like(x), {"W": np.array([long_sum(in_steps(a)) for a in by_id])}, {}

    return y, {}, back


def in_shape(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    shape = (x[0].size,) if o.type == "flatten" else o.shape
    return x.reshape(len(x), *shape), {}, lambda dy, dfinal: (dy.reshape(x.shape), {}, {})


def last_step(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    ends = [x.shape[1] if valid is None else valid[n] for n in range(len(x))]
    y = np.zeros((len(x), x.shape[2]), x.dtype)
    for n, end in enumerate(ends):
        if end:
            y[n] = x[n, end - 1]

    def back(dy: Any, dfinal: Rows) -> Any:
        dx = np.zeros_like(x)
        for n, end in enumerate(ends):
            if end:
                dx[n, end - 1] = dy[n]
        return dx, {}, {}

    return y, {}, back


def turned(x: Any, valid: Any) -> Any:
    """Turn the valid part of each event round; the rest is +0."""
    y = np.zeros_like(x)
    for n in range(len(x)):
        end = x.shape[1] if valid is None else valid[n]
        y[n, :end] = x[n, :end][::-1]
    return y


def bidirectional(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
    from .model import in_a_row  # a stack of layers holds this one, and it holds stacks

    runs, ys = {}, []
    for way in ("forward/", "reverse/"):
        runs[way] = in_a_row(
            o.layers,
            below(p, way),
            x if way == "forward/" else turned(x, valid),
            valid,
            below(state, way),
            None if rng is None else rng.of(way),
        )
        y = runs[way][0]
        ys.append(turned(y, valid) if way == "reverse/" and o.keeps_steps else y)
    final = {k: v for way, run in runs.items() for k, v in under(way, run[1]).items()}

    def back(dy: Any, dfinal: Rows) -> Any:
        dxs, weights, start = {}, {}, {}
        for (way, run), part in zip(runs.items(), parted(o.merge, ys, dy), strict=True):
            if way == "reverse/" and o.keeps_steps:
                part = turned(part, valid)
            dxs[way], dweights, dstart = run[2](part, below(dfinal, way))
            weights |= under(way, dweights)
            start |= under(way, dstart)
        return dxs["forward/"] + turned(dxs["reverse/"], valid), weights, start

    return merged(o.merge, ys), final, back


LAYERS: dict[str, Callable[..., Any]] = {
    "activation": activation,
    "batch_norm": batch_norm,
    "bidirectional": bidirectional,
    "convolution": convolution,
    "decorrelate": transformation(decorrelated),
    "dense": dense,
    "dropout": dropout,
    "embedding": embedding,
    "flatten": in_shape,
    "gauss": transformation(gaussian),
    "gru": recurrent,
    "last_step": last_step,
    "lstm": recurrent,
    "max_pool": max_pool,
    "normalize": transformation(normalized),
    "pca": transformation(components),
    "rearrange": transformation(rearranged),
    "reshape": in_shape,
    "rnn": recurrent,
}
