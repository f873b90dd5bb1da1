"""Transformations by their rows of the contract, one number at a time.

As in `layers.py`, `layer(o, p, x, valid, state, rng)` gives its output, its final states and its
way back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan, nan, pi, sqrt
from typing import Any, NamedTuple

import numpy as np

from . import functions
from .sums import product

Rows = Mapping[str, Any]
Moved = tuple[Any, Callable[[Any], Any]]

N = 10000
ROOT2 = 1.414213562
COEFFICIENTS = {
    "P1": (3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
           13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
           33430.575583588128105, 2509.0809287301226727),
    "Q1": (1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
           21213.794301586595867, 39307.895800092710610, 28729.085735721942674,
           5226.4952788528545610),
    "P2": (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
           3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
           2.27238449892691845833e-2, 7.74545014278341407640e-4),
    "Q2": (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
           1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
           1.05075007164441684324e-9),
}  # fmt: skip


def winner(written: Sequence[int]) -> Sequence[int]:
    """Give the numbers in the order in which they are written."""
    return range(len(written))


def transformation(moved: Callable[[Any, Rows, Any], Moved]) -> Callable[..., Any]:
    """Make a layer of what becomes of one row of numbers, and of its slopes."""

    def layer(o: Any, p: Rows, x: Any, valid: Any, state: Rows, rng: Any) -> Any:
        inputs = o.inputs or tuple(range(x.shape[-1]))
        outputs = o.outputs or inputs
        working = getattr(o, "working_type", x.dtype.name)
        y, ways = x.copy(), {}
        for at in np.ndindex(x.shape[:-1]):
            v = np.array([x[at][k] for k in inputs], x.dtype).astype(working)
            w, ways[at] = moved(o, p, v)
            for k in winner(outputs):
                y[(*at, outputs[k])] = w[k].astype(working).astype(x.dtype)

        def back(dy: Any, dfinal: Rows) -> Any:
            dx = dy.copy()
            for at, way in ways.items():
                dw = np.zeros(len(inputs), dy.dtype)
                for k in reversed(winner(outputs)):
                    dw[k] = dx[(*at, outputs[k])]
                    dx[(*at, outputs[k])] = 0.0
                dv = way(dw)
                for k, read in enumerate(inputs):
                    dx[(*at, read)] = dx[(*at, read)] + dv[k]
            return dx, {}, {}

        return y, {}, back

    return layer


def normalized(o: Any, p: Rows, v: Any) -> Moved:
    low, high = p["minimum"].astype(v.dtype), p["maximum"].astype(v.dtype)
    scale = 1 / (high - low)
    half = 0.5 * (p["maximum"] - p["minimum"])
    if o.inverse:
        return low + ((v + 1) / (2 * scale)), lambda dw: dw * half
    return (((v - low) * scale) * 2) - 1, lambda dw: dw * (1 / half)


def decorrelated(o: Any, p: Rows, v: Any) -> Moved:
    M = p["matrix"]
    return product(v.astype("float64"), M), lambda dw: product(dw, M.T.astype(dw.dtype))


def components(o: Any, p: Rows, v: Any) -> Moved:
    mean, E, v = p["mean"], p["eigenvectors"], v.astype("float64")
    if o.inverse:
        return product(v, E, mean), lambda dw: product(dw, E.T.astype(dw.dtype))
    return product(v - mean, E.T), lambda dw: product(dw, E.astype(dw.dtype))


def rearranged(o: Any, p: Rows, v: Any) -> Moved:
    return v, lambda dw: dw


def gaussian(o: Any, p: Rows, v: Any) -> Moved:
    first = edge = 0
    w, slopes = [], []
    for k, n in enumerate(o.bins):
        c = p["contents"][first : first + n].astype(o.working_type).astype("float64")
        e = p["edges"][edge : edge + n + 1].astype("float64")
        first, edge = first + n, edge + n + 1
        density = Density(c, e, np.dtype(o.working_type).type)
        one, slope = (undone if o.inverse else done)(o, density, np.float64(v[k]))
        w.append(one)
        slopes.append(slope)
    return np.array(w, "float64"), lambda dw: dw * np.array(slopes, "float64").astype(dw.dtype)


def done(o: Any, F: Density, v: Any) -> tuple[Any, Any]:
    value, slope = there(F, v)
    c = larger(smaller(value, np.float64(1 - 1e-9)), np.float64(1e-9))
    slope = slope if c == value else np.float64(0)
    if o.flat:
        return c, slope
    u = (2 * c) - 1
    k = larger(smaller(u, np.float64(0.99999999)), np.float64(-0.99999999))
    w = erfinv(k)
    slope = (slope * (ROOT2 * sqrt(pi))) * functions.exp(np.array([w * w]))[0]
    return ROOT2 * w, slope if k == u else np.float64(0)


def undone(o: Any, F: Density, v: Any) -> tuple[Any, Any]:
    if o.flat:
        return again(F, v)
    w = v / ROOT2
    x, slope = again(F, (functions.erf(np.array([w]))[0] + 1) / 2)
    return x, (slope * functions.exp(np.array([-(w * w)]))[0]) / (ROOT2 * sqrt(pi))


def smaller(x: Any, y: Any) -> Any:
    return x if x <= y or isnan(x) else y


def larger(x: Any, y: Any) -> Any:
    return x if x >= y or isnan(x) else y


class Density(NamedTuple):
    """Contents and edges of one variable, and the type that the table is held in."""

    c: Any
    e: Any
    kind: Any


def held(F: Density, y: Any) -> Any:
    return np.float64(F.kind(y))


def count(a: Any, t: Any) -> int:
    return sum(bool(one <= t) for one in a)


def middle(F: Density, j: int) -> Any:
    w = (F.e[-1] - F.e[0]) / N
    return F.e[0] + ((j + 0.5) * w)


def other(i: int, s: Any, a: Any, last: int) -> int:
    if i == 0:
        return i + 1
    return i + 1 if s > a and i < last else i - 1


def fine(F: Density, j: int) -> Any:
    """Give f(j)."""
    c, e, n = F.c, F.e, len(F.c)
    m = [e[i] + (0.5 * (e[i + 1] - e[i])) for i in range(n)]
    t = middle(F, j)
    i = max(count(m, t) - 1, 0)
    o = other(i, t, m[i], n - 1)
    y = c[i] + (((t - m[i]) * (c[i] - c[o])) / (m[i] - m[o]))
    if y <= 1e-12:
        y = c[min(max(count(e, t) - 1, 0), n - 1)]
    return held(F, y if y >= 1e-12 else np.float64(1e-12))


def there(F: Density, x: Any) -> tuple[Any, Any]:
    """Give F(x) and its slope."""
    q = (N * (x - F.e[0])) / (F.e[-1] - F.e[0])
    j = (int(q) if q < N - 1 else N - 1) if q > 0 else 0
    t = middle(F, j)
    o = other(j, x, t, N - 1)
    rise, run = fine(F, j) - fine(F, o), t - middle(F, o)
    return fine(F, j) + (((x - t) * rise) / run), rise / run


def halfway(low: int, high: int) -> int:
    """Give where a search looks next."""
    return low + (high - low) // 2


def again(F: Density, y: Any) -> tuple[Any, Any]:
    """Give G(y) and its slope."""

    def g(r: int) -> Any:
        return fine(F, r - 1) if 0 < r < N else np.float64(0)

    low, high = 0, N
    while high - low > 1:
        h = halfway(low, high)
        if y < g(h):
            high = h
        else:
            low = h
    length = g(high) - g(low)
    start = middle(F, low - 1)
    run = middle(F, high - 1) - start
    steep = length > 1e-10
    x = start + (run * ((y - g(low)) / length if steep else g(low)))
    return np.float64(nan) if isnan(y) else x, run / length if steep else np.float64(0)


def h(x: Any, p: Sequence[float]) -> Any:
    y = np.float64(p[7])
    for k in range(6, -1, -1):
        y = (y * x) + p[k]
    return y


def erfinv(u: Any) -> Any:
    q, a = 0.5 * u, abs(u)
    if a <= 0.85:
        r = 0.180625 - (q * q)
        z = q * (h(r, COEFFICIENTS["P1"]) / h(r, COEFFICIENTS["Q1"]))
    else:
        r = np.sqrt(-functions.log(np.array([0.5 * (1 - a)]))[0]) - 1.6
        z = h(r, COEFFICIENTS["P2"]) / h(r, COEFFICIENTS["Q2"])
        z = -z if u < 0 else z
    return z * sqrt(0.5)
