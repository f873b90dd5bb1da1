"""rnn, lstm and gru over the valid steps of each event, one event after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .cells import CARRIED, CELLS, matrix
from .sums import long_sum, outer_sum, product

Rows = Mapping[str, Any]
WAYS = {
    "forward": {"": False},
    "reverse": {"": True},
    "both": {"forward/": False, "reverse/": True},
}


def below(arrays: Rows, head: str) -> dict[str, Any]:
    """Give the arrays whose names begin with `head`, without it."""
    return {k.removeprefix(head): v for k, v in arrays.items() if k.startswith(head)}


def under(head: str, arrays: Rows) -> dict[str, Any]:
    """Give the arrays with `head` before their names."""
    return {head + k: v for k, v in arrays.items()}


def merged(how: str, parts: list[Any]) -> Any:
    """Give one output of one direction's or two."""
    if len(parts) == 1:
        return parts[0]
    one, two = parts
    if how == "concat":
        return np.concatenate([one, two], -1)
    if how == "mul":
        return one * two
    return one + two if how == "sum" else (one + two) * 0.5


def parted(how: str, parts: list[Any], dy: Any) -> list[Any]:
    """Give the slope in each direction's output."""
    if len(parts) == 1:
        return [dy]
    one, two = parts
    width = one.shape[-1]
    if how == "concat":
        return [dy[..., :width], dy[..., width:]]
    if how == "mul":
        return [dy * two, dy * one]
    return [dy, dy] if how == "sum" else [dy * 0.5, dy * 0.5]


def recurrent(o: Any, p: Rows, x: Any, valid: list[int] | None, state: Rows, rng: Any) -> Any:
    """Run a layer; `valid` counts the valid steps of each event. Give y, final states, way back."""
    ways = WAYS[o.direction]
    runs = [
        one_way(o, below(p, way), x, valid, below(state, way), reverse, leaves(o, way, rng, x))
        for way, reverse in ways.items()
    ]
    ys = [y for y, _, _ in runs]
    final: dict[str, Any] = {}
    for way, (_, last, _) in zip(ways, runs, strict=True):
        final |= under(way, last)

    def back(dy: Any, dfinal: Rows) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        weights: dict[str, Any] = {}
        start: dict[str, Any] = {}
        dxs = []
        for way, run, part in zip(ways, runs, parted(o.merge, ys, dy), strict=True):
            dx, dweights, dstart = run[2](part, below(dfinal, way))
            dxs.append(dx)
            weights |= under(way, dweights)
            start |= under(way, dstart)
        return dxs[0] if len(dxs) == 1 else dxs[0] + dxs[1], weights, start

    return merged(o.merge, ys), final, back


def first_state(o: Any, p: Rows, state: Rows, name: str, event: int, dtype: Any) -> Any:
    """Give what is carried into an event's first step."""
    if name in state:
        return state[name][event]
    zero = np.zeros(o.units, dtype)
    return zero if o.initial_state == "zeros" else zero + p[f"{name}0"]


def leaves(o: Any, way: str, rng: Any, x: Any) -> Any:
    """Give what recurrent dropout leaves of h[t-1] for U to see, (events, units); None: all."""
    if rng is None or o.recurrent_dropout == 0:
        return None
    stream = rng.of(way) if way else rng
    kept = stream.happens(1 - o.recurrent_dropout, (len(x), o.units))
    return np.where(kept, 1 / (1 - o.recurrent_dropout), 0).astype(x.dtype)


def one_way(
    o: Any, p: Rows, x: Any, valid: list[int] | None, state: Rows, reverse: bool, thinning: Any
) -> tuple[Any, dict[str, Any], Callable[..., Any]]:
    """Run one direction."""
    (events, steps, _), cell, carried = x.shape, CELLS[o.type], CARRIED[o.type]
    W, bias = matrix(p["W"]), p["b"].reshape(-1) if o.bias else None
    y = np.zeros((events, steps, o.units), x.dtype)
    final = {k: np.zeros((events, o.units), x.dtype) for k in carried}
    tapes: list[list[Any]] = []
    for n in range(events):
        order = range(steps if valid is None else valid[n])
        held = {k: first_state(o, p, state, k, n, x.dtype) for k in carried}
        tapes.append([])
        for t in reversed(order) if reverse else order:
            left = None if thinning is None else thinning[n]
            held, record = cell.forward(o, p, product(x[n, t], W, bias), held, left)
            tapes[n].append((t, record))
            y[n, t] = held["h"]
        for k in carried:
            final[k][n] = held[k]

    def back(dy: Any, dfinal: Rows) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        zeros = np.zeros((events, o.units), x.dtype)
        dfinal = {k: dfinal.get(k, zeros) for k in carried}
        if not o.return_sequences:
            dfinal["h"] = dfinal["h"] + dy
            dy = np.zeros_like(y)
        dx, dz = np.zeros_like(x), np.zeros((events, steps, len(W)), x.dtype)
        of_state: list[tuple[Any, Any]] = []
        dstart = {k: np.zeros_like(zeros) for k in carried}
        for n in range(events):
            d: Rows = {k: dfinal[k][n] for k in carried}
            left = None if thinning is None else thinning[n]
            for t, record in reversed(tapes[n]):
                d, dz[n, t], pairs = cell.back(o, p, record, d, dy[n, t], left)
                dx[n, t] = product(dz[n, t], W.T)
                if not of_state:
                    shape = (events, steps)
                    of_state = [
                        tuple(np.zeros((*shape, a.size), x.dtype) for a in pair) for pair in pairs
                    ]
                for whole, pair in zip(of_state, pairs, strict=True):
                    for series, row in zip(whole, pair, strict=True):
                        series[n, t] = row
            for k in carried:
                dstart[k][n] = d[k]
        weights = {"W": outer_sum(dz, x)}
        if o.bias:
            weights["b"] = long_sum(dz)
        if of_state:
            weights["U"] = np.concatenate([outer_sum(ds, saw) for ds, saw in of_state])
            b_state = np.concatenate([long_sum(ds) for ds, _ in of_state])
        else:  # not one valid step
            weights["U"], b_state = np.zeros_like(p["U"]), np.zeros(len(W), x.dtype)
        if o.state_bias:
            weights["b_state"] = b_state
        weights = {k: v.reshape(p[k].shape) for k, v in weights.items()}
        if o.initial_state == "learned":
            for k in carried:
                own = np.zeros(o.units, x.dtype) if k in state else long_sum(dstart[k][:, None])
                weights[f"{k}0"] = own
        return dx, weights, dstart

    return (y if o.return_sequences else final["h"]), final, back
