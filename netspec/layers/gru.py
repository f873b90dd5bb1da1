"""Gated recurrent unit: K. Cho et al., arXiv:1406.1078, in the two forms in use.

    r, u = sigma(a_r), sigma(a_u)                     a_k[t] = W_k x[t] + b_k + U_k h[t-1]
    g = tanh(W_c x[t] + b_c + U_c (r h[t-1]))         reset_after = false
    g = tanh(W_c x[t] + b_c + r (U_c h[t-1]))         reset_after = true (cuDNN, PyTorch)
    h[t] = u h[t-1] + (1 - u) g

The three gates stand side by side on the first axis, in TMVA's order r, u, c (reset, update,
candidate): W (3, units, features), U (3, units, units), b (3, units). A second bias b_state
(3, units) is added to U h, and so stands inside the bracket of r where reset_after is true.
`activation` stands for tanh, `gate_activation` for sigma.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..options import Flag
from .activations import Activation, Sigmoid
from .base import Arrays, examples
from .recurrent import Recurrent, Sweep, SweepBack, hold, preactivations, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backends import Array, Backend


GATES, CANDIDATE = slice(0, 2), slice(2, 3)


def sweep(
    b: Backend, cell: GRU, p: Arrays, z: Array, start: Arrays, order: range, mask: Any, keep: bool
) -> Sweep:
    """Run over z (batch, steps, 3 units); the tape holds states, pre-activations and gates."""
    sigma, squash, n = cell.gate_activation, cell.activation, cell.units
    h, tape = start["h"], []
    y = b.empty((*z.shape[:2], n), z.dtype)
    for t in order:
        a = preactivations(b, p, h, z[:, t, : 2 * n], GATES)
        a_r, a_u, z_c = a[:, :n], a[:, n:], z[:, t, 2 * n :]
        r, u = sigma.apply(b, a_r), sigma.apply(b, a_u)
        m = preactivations(b, p, h, blocks=CANDIDATE) if cell.reset_after else r * h
        a_c = z_c + r * m if cell.reset_after else preactivations(b, p, m, z_c, CANDIDATE)
        g = squash.apply(b, a_c)
        new = u * h + (1 - u) * g
        if keep:
            tape.append((h, (a_r, a_u, a_c), (r, u, g), m))
        y[:, t] = hold(b, mask, t, new, 0.0)
        h = hold(b, mask, t, new, h)
    return Sweep(y, {"h": h}, tape)


def sweep_back(
    b: Backend,
    cell: GRU,
    p: Arrays,
    tape: list[Any],
    dy: Array,
    dfinal: Arrays,
    order: range,
    mask: Any,
) -> SweepBack:
    """Walk the tape backwards; ds is the slope in what U_c h (+ b_state) adds to the candidate."""
    sigma, squash, n = cell.gate_activation, cell.activation, cell.units
    U_gates, U_c = rows(p["U"][GATES]), p["U"][2]
    dh = dfinal["h"]
    dz = b.empty((*dy.shape[:2], 3 * n), dy.dtype)
    ds = b.empty(dy.shape, dy.dtype)
    saw, saw_c = b.empty(dy.shape, dy.dtype), b.empty(dy.shape, dy.dtype)
    for t, row in zip(reversed(order), reversed(tape), strict=True):
        h_before, (a_r, a_u, a_c), (r, u, g), m = row
        dh_t = dh + dy[:, t]
        da_c = squash.back(b, a_c, g, dh_t * (1 - u))
        if cell.reset_after:
            dr, ds_t, seen = da_c * m, da_c * r, h_before
            dh_c = b.product(ds_t, U_c.T)
        else:
            dm = b.product(da_c, U_c.T)
            dr, ds_t, seen = dm * h_before, da_c, m
            dh_c = dm * r
        da = b.concatenate(
            [sigma.back(b, a_r, r, dr), sigma.back(b, a_u, u, dh_t * (h_before - g))], -1
        )
        dh_new = dh_t * u + dh_c + b.product(da, U_gates.T)
        dh = hold(b, mask, t, dh_new, dh)
        dz[:, t] = hold(b, mask, t, b.concatenate([da, da_c], -1), 0.0)
        ds[:, t] = hold(b, mask, t, ds_t, 0.0)
        saw[:, t] = hold(b, mask, t, h_before, 0.0)
        saw_c[:, t] = hold(b, mask, t, seen, 0.0)
    da = dz[:, :, : 2 * n]
    weights = {"U": b.concatenate([b.outer_sum(da, saw), b.outer_sum(ds, saw_c)], 0)}
    if cell.state_bias:
        weights["b_state"] = b.concatenate([b.sum(da, (0, 1)), b.sum(ds, (0, 1))], 0)
    return SweepBack(dz, weights, {"h": dh})


class GRU(Recurrent):
    """A cell with one state and two gates."""

    model_config = examples(
        {"units": 3},
        {"units": 3, "reset_after": True, "state_bias": True, "return_sequences": True},
        {"units": 2, "direction": "both", "state_bias": True, "merge": "mean"},
        {"units": 2, "reset_after": True, "direction": "reverse", "initial_state": "learned"},
    )
    gates: ClassVar[tuple[str, ...]] = ("r", "u", "c")
    formula: ClassVar[Callable[..., Sweep]] = staticmethod(sweep)
    formula_back: ClassVar[Callable[..., SweepBack]] = staticmethod(sweep_back)

    type: Literal["gru"] = "gru"
    gate_activation: Activation = Sigmoid()
    reset_after: Flag = False
