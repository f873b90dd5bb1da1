"""Gated recurrent unit: K. Cho et al., arXiv:1406.1078, in the two forms in use.

    r, u = sigma(a_r), sigma(a_u)                     a_k[t] = W_k x[t] + b_k + U_k h[t-1]
    m = r h[t-1],    a_c = W_c x[t] + b_c + U_c m     reset_after = false
    m = U_c h[t-1],  a_c = W_c x[t] + b_c + r m       reset_after = true (cuDNN, PyTorch)
    g = tanh(a_c)
    h[t] = u h[t-1] + (1 - u) g

The three gates stand side by side on the first axis, in TMVA's order r, u, c (reset, update,
candidate): W (3, units, features), U (3, units, units), b (3, units). A second bias b_state
(3, units) is added to U h, and so stands in m where reset_after is true.
`activation` stands for tanh, `gate_activation` for sigma. Recurrent dropout gives k h[t-1] to U,
r (k h[t-1]) where U_c sees that product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from ..options import Flag
from .activations import Activation, Sigmoid
from .base import Arrays, examples
from .recurrent import Recurrent, Sweep, SweepBack, hold, preactivations, rows, thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backends import Array, Backend


GATES, CANDIDATE = slice(0, 2), slice(2, 3)


class Step(NamedTuple):
    """What the tape holds of a step; `seen` is h[t-1] as U sees it."""

    h_before: Any
    seen: Any
    a_r: Any
    a_u: Any
    a_c: Any
    r: Any
    u: Any
    g: Any
    m: Any
    h: Any


class Slopes(NamedTuple):
    """Slopes of the loss inside a step.

    `ds` is that in what U_c h (+ b_state) adds to the candidate, `dh_c` that in h[t-1] as U sees
    it through the candidate.
    """

    da_r: Any
    da_u: Any
    da_c: Any
    ds: Any
    dh_c: Any


def sweep(
    b: Backend,
    cell: GRU,
    p: Arrays,
    z: Array,
    start: Arrays,
    order: range,
    mask: Any,
    keep: bool,
    k: Any = None,
) -> Sweep:
    """Run over z (batch, steps, 3 units); the tape holds a `Step` for each."""
    sigma, squash, n = cell.gate_activation, cell.activation, cell.units
    h, tape = start["h"], []
    y = b.empty((*z.shape[:2], n), z.dtype)
    for t in order:
        seen = thinned(h, k)
        a = preactivations(b, p, seen, z[:, t, : 2 * n], GATES)
        a_r, a_u, z_c = a[:, :n], a[:, n:], z[:, t, 2 * n :]
        r, u = sigma.apply(b, a_r), sigma.apply(b, a_u)
        m = preactivations(b, p, seen, blocks=CANDIDATE) if cell.reset_after else r * seen
        a_c = z_c + r * m if cell.reset_after else preactivations(b, p, m, z_c, CANDIDATE)
        g = squash.apply(b, a_c)
        new = u * h + (1 - u) * g
        if keep:
            tape.append(Step(h, seen, a_r, a_u, a_c, r, u, g, m, new))
        y[:, t] = hold(b, mask, t, new, 0.0)
        h = hold(b, mask, t, new, h)
    return Sweep(y, {"h": h}, tape)


def slopes(b: Backend, cell: GRU, p: Arrays, step: Step, dh: Array) -> Slopes:
    """Go back through a step from dh, the whole slope in h[t]."""
    sigma, U_c = cell.gate_activation, p["U"][2]
    da_c = cell.activation.back(b, step.a_c, step.g, dh * (1 - step.u))
    if cell.reset_after:
        dr, ds = da_c * step.m, da_c * step.r
        dh_c = b.product(ds, U_c.T)
    else:
        dm = b.product(da_c, U_c.T)
        dr, ds = dm * step.seen, da_c
        dh_c = dm * step.r
    da_r = sigma.back(b, step.a_r, step.r, dr)
    da_u = sigma.back(b, step.a_u, step.u, dh * (step.h_before - step.g))
    return Slopes(da_r, da_u, da_c, ds, dh_c)


def sweep_back(
    b: Backend,
    cell: GRU,
    p: Arrays,
    tape: list[Step],
    dy: Array,
    dfinal: Arrays,
    order: range,
    mask: Any,
    k: Any = None,
) -> SweepBack:
    """Walk the tape backwards; U saw h one step before."""
    U_gates, n = rows(p["U"][GATES]), cell.units
    dh = dfinal["h"]
    dz = b.empty((*dy.shape[:2], 3 * n), dy.dtype)
    ds = b.empty(dy.shape, dy.dtype)
    saw, saw_c = b.empty(dy.shape, dy.dtype), b.empty(dy.shape, dy.dtype)
    for t, step in zip(reversed(order), reversed(tape), strict=True):
        dh_t = dh + dy[:, t]
        d = slopes(b, cell, p, step, dh_t)
        da = b.concatenate([d.da_r, d.da_u], -1)
        by_gates = thinned(b.product(da, U_gates.T), k)
        dh = hold(b, mask, t, dh_t * step.u + thinned(d.dh_c, k) + by_gates, dh)
        dz[:, t] = hold(b, mask, t, b.concatenate([da, d.da_c], -1), 0.0)
        ds[:, t] = hold(b, mask, t, d.ds, 0.0)
        saw[:, t] = hold(b, mask, t, step.seen, 0.0)
        saw_c[:, t] = hold(b, mask, t, step.seen if cell.reset_after else step.m, 0.0)
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
        {"units": 2, "recurrent_dropout": 0.4},
        {"units": 2, "reset_after": True, "state_bias": True, "recurrent_dropout": 0.4},
    )
    gates: ClassVar[tuple[str, ...]] = ("r", "u", "c")
    formula: ClassVar[Callable[..., Sweep]] = staticmethod(sweep)
    formula_back: ClassVar[Callable[..., SweepBack]] = staticmethod(sweep_back)
    step_back: ClassVar[Callable[..., Slopes]] = staticmethod(slopes)

    type: Literal["gru"] = "gru"
    gate_activation: Activation = Sigmoid()
    reset_after: Flag = False
