"""One step of rnn, lstm and gru, there and back, for one event: every array is a row.

`forward` takes z = W x + b and what is carried, and gives what is carried on and a record for the
way back. `back` takes that record, the slopes in what is carried on and the slope dy in the
output, and gives the slopes in what was carried, the slope in z, and pairs (slope, seen): the
slopes in U and in b_state are long sums over them. k is what recurrent dropout leaves of h for U
to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import activations as f
from .sums import product

Rows = Mapping[str, Any]


def matrix(W: Any) -> Any:
    """Give matrices of gates (gates, units, k) as one, one below the other."""
    return W.reshape(-1, W.shape[-1])


def with_state(p: Rows, gates: slice, h: Any, z: Any = None) -> Any:
    """Give what these gates are given: z and U h, and b_state where there is one."""
    U = matrix(p["U"][gates])
    if "b_state" not in p:
        return product(h, U, z)
    share = product(h, U, p["b_state"][gates].reshape(-1))
    return share if z is None else z + share


def left_of(h: Any, k: Any) -> Any:
    """Give h, or a slope on its way back to it, as recurrent dropout leaves it."""
    return h if k is None else h * k


ALL, GATES, CANDIDATE = slice(None), slice(0, 2), slice(2, 3)


class Rnn:
    @staticmethod
    def forward(o: Any, p: Rows, z: Any, state: Rows, k: Any) -> tuple[Rows, Any]:
        seen = left_of(state["h"], k)
        a = with_state(p, ALL, seen, z)
        h = f.apply(o.activation, a)
        return {"h": h}, (seen, a, h)

    @staticmethod
    def back(o: Any, p: Rows, record: Any, d: Rows, dy: Any, k: Any) -> tuple[Rows, Any, list[Any]]:
        h_before, a, h = record
        da = f.back(o.activation, a, h, d["h"] + dy)
        return {"h": left_of(product(da, p["U"].T), k)}, da, [(da, h_before)]


class Lstm:
    @staticmethod
    def forward(o: Any, p: Rows, z: Any, state: Rows, k: Any) -> tuple[Rows, Any]:
        seen = left_of(state["h"], k)
        a_i, a_f, a_c, a_o = with_state(p, ALL, seen, z).reshape(4, -1)
        if o.forget_bias != 0:
            a_f = a_f + o.forget_bias
        i, forget, out = (f.apply(o.gate_activation, a) for a in (a_i, a_f, a_o))
        g = f.apply(o.activation, a_c)
        c = (forget * state["c"]) + (i * g)
        s = f.apply(o.cell_activation or o.activation, c)
        a, gates = (a_i, a_f, a_c, a_o), (i, forget, g, out)
        return {"h": out * s, "c": c}, (seen, state["c"], a, gates, c, s)

    @staticmethod
    def back(o: Any, p: Rows, record: Any, d: Rows, dy: Any, k: Any) -> tuple[Rows, Any, list[Any]]:
        h_before, c_before, (a_i, a_f, a_c, a_o), (i, forget, g, out), c, s = record
        sigma, squash = o.gate_activation, o.activation
        dh = d["h"] + dy
        dc = d["c"] + f.back(o.cell_activation or squash, c, s, dh * out)
        da = np.concatenate(
            [
                f.back(sigma, a_i, i, dc * g),
                f.back(sigma, a_f, forget, dc * c_before),
                f.back(squash, a_c, g, dc * i),
                f.back(sigma, a_o, out, dh * s),
            ]
        )
        dh_before = left_of(product(da, matrix(p["U"]).T), k)
        return {"h": dh_before, "c": dc * forget}, da, [(da, h_before)]


class Gru:
    @staticmethod
    def forward(o: Any, p: Rows, z: Any, state: Rows, k: Any) -> tuple[Rows, Any]:
        h, n = state["h"], o.units
        seen = left_of(h, k)
        a_r, a_u = with_state(p, GATES, seen, z[: 2 * n]).reshape(2, n)
        z_c = z[2 * n :]
        r, u = f.apply(o.gate_activation, a_r), f.apply(o.gate_activation, a_u)
        if o.reset_after:
            m = with_state(p, CANDIDATE, seen)
            a_c = z_c + (r * m)
        else:
            m = r * seen
            a_c = with_state(p, CANDIDATE, m, z_c)
        g = f.apply(o.activation, a_c)
        return {"h": (u * h) + ((1 - u) * g)}, (h, seen, (a_r, a_u, a_c), (r, u, g), m)

    @staticmethod
    def back(o: Any, p: Rows, record: Any, d: Rows, dy: Any, k: Any) -> tuple[Rows, Any, list[Any]]:
        h, seen_h, (a_r, a_u, a_c), (r, u, g), m = record
        U_c, sigma = p["U"][2], o.gate_activation
        dh = d["h"] + dy
        da_c = f.back(o.activation, a_c, g, dh * (1 - u))
        if o.reset_after:
            dr, ds, seen = da_c * m, da_c * r, seen_h
            dh_c = product(ds, U_c.T)
        else:
            dm = product(da_c, U_c.T)
            dr, ds, seen = dm * seen_h, da_c, m
            dh_c = dm * r
        da = np.concatenate([f.back(sigma, a_r, r, dr), f.back(sigma, a_u, u, dh * (h - g))])
        by_gates = left_of(product(da, matrix(p["U"][GATES]).T), k)
        before = ((dh * u) + left_of(dh_c, k)) + by_gates
        return {"h": before}, np.concatenate([da, da_c]), [(da, seen_h), (ds, seen)]


CELLS: dict[str, Any] = {"rnn": Rnn, "lstm": Lstm, "gru": Gru}
CARRIED = {"rnn": ("h",), "lstm": ("h", "c"), "gru": ("h",)}
