"""Long short-term memory: S. Hochreiter, J. Schmidhuber, Neural Comp. 9 (1997) 1735,
with the forget gate of F. A. Gers, J. Schmidhuber, F. Cummins, Neural Comp. 12 (2000) 2451.

    a_k[t] = W_k x[t] + b_k + U_k h[t-1]              k = i, f, c, o
    i, f, o = sigma(a_i), sigma(a_f + forget_bias), sigma(a_o)
    g = tanh(a_c)
    c[t] = f c[t-1] + i g
    s = tanh(c[t])
    h[t] = o s

The four gates stand side by side on the first axis, in TMVA's order i, f, c, o:
W (4, units, features), U (4, units, units), b (4, units). `activation` stands for tanh,
`gate_activation` for sigma, and `cell_activation`, where it is given, for the second tanh.
`forget_bias` is added when the layer runs and is not part of b. Recurrent dropout gives k h[t-1]
to U.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from ..options import Finite
from .activations import Activation, Sigmoid
from .base import Arrays, examples
from .recurrent import Recurrent, Sweep, SweepBack, hold, preactivations, rows, thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backends import Array, Backend


class Step(NamedTuple):
    """What the tape holds of a step; `h_before` is h[t-1] as U sees it."""

    h_before: Any
    c_before: Any
    a_i: Any
    a_f: Any
    a_c: Any
    a_o: Any
    i: Any
    f: Any
    g: Any
    o: Any
    c: Any
    s: Any
    h: Any


class Slopes(NamedTuple):
    """Slopes of the loss inside a step; `dc` is the whole one in c[t]."""

    dc: Any
    da_i: Any
    da_f: Any
    da_c: Any
    da_o: Any


def sweep(
    b: Backend,
    cell: LSTM,
    p: Arrays,
    z: Array,
    start: Arrays,
    order: range,
    mask: Any,
    keep: bool,
    k: Any = None,
) -> Sweep:
    """Run over z (batch, steps, 4 units); the tape holds a `Step` for each."""
    sigma, squash, n = cell.gate_activation, cell.activation, cell.units
    h, c, tape = start["h"], start["c"], []
    y = b.empty((*z.shape[:2], n), z.dtype)
    for t in order:
        seen = thinned(h, k)
        a = preactivations(b, p, seen, z[:, t])
        a_i, a_f, a_c, a_o = (a[:, gate * n : (gate + 1) * n] for gate in range(4))
        if cell.forget_bias:
            a_f = a_f + cell.forget_bias
        i, f, o = sigma.apply(b, a_i), sigma.apply(b, a_f), sigma.apply(b, a_o)
        g = squash.apply(b, a_c)
        new_c = f * c + i * g
        s = cell.squash_cell.apply(b, new_c)
        new_h = o * s
        if keep:
            tape.append(Step(seen, c, a_i, a_f, a_c, a_o, i, f, g, o, new_c, s, new_h))
        y[:, t] = hold(b, mask, t, new_h, 0.0)
        h, c = hold(b, mask, t, new_h, h), hold(b, mask, t, new_c, c)
    return Sweep(y, {"h": h, "c": c}, tape)


def slopes(b: Backend, cell: LSTM, p: Arrays, step: Step, dh: Array, dc: Array) -> Slopes:
    """Go back through a step from dh, the whole slope in h[t], and what c[t+1] says of c[t]."""
    sigma, squash = cell.gate_activation, cell.activation
    dc = dc + cell.squash_cell.back(b, step.c, step.s, dh * step.o)
    return Slopes(
        dc,
        sigma.back(b, step.a_i, step.i, dc * step.g),
        sigma.back(b, step.a_f, step.f, dc * step.c_before),
        squash.back(b, step.a_c, step.g, dc * step.i),
        sigma.back(b, step.a_o, step.o, dh * step.s),
    )


def sweep_back(
    b: Backend,
    cell: LSTM,
    p: Arrays,
    tape: list[Step],
    dy: Array,
    dfinal: Arrays,
    order: range,
    mask: Any,
    k: Any = None,
) -> SweepBack:
    """Walk the tape backwards, from dh and dc to the four da; U saw h one step before."""
    dh, dc = dfinal["h"], dfinal["c"]
    dz = b.empty((*dy.shape[:2], 4 * cell.units), dy.dtype)
    saw = b.empty(dy.shape, dy.dtype)
    for t, step in zip(reversed(order), reversed(tape), strict=True):
        dc_t, *da_gates = slopes(b, cell, p, step, dh + dy[:, t], dc)
        da = hold(b, mask, t, b.concatenate(da_gates, -1), 0.0)
        dh = hold(b, mask, t, thinned(b.product(da, rows(p["U"]).T), k), dh)
        dc = hold(b, mask, t, dc_t * step.f, dc)
        dz[:, t], saw[:, t] = da, hold(b, mask, t, step.h_before, 0.0)
    weights = {"U": b.outer_sum(dz, saw)}
    if cell.state_bias:
        weights["b_state"] = b.sum(dz, (0, 1))
    return SweepBack(dz, weights, {"h": dh, "c": dc})


class LSTM(Recurrent):
    """A cell that can keep what it learned for as long as it likes."""

    model_config = examples(
        {"units": 3},
        {"units": 2, "return_sequences": True, "direction": "both", "state_bias": True},
        {
            "units": 3,
            "return_sequences": True,
            "forget_bias": 1.0,
            "gate_activation": "hard_sigmoid",
        },
        {"units": 2, "direction": "both", "merge": "mul", "initial_state": "learned"},
        {"units": 2, "bias": False, "activation": "softsign", "cell_activation": "gauss"},
        {"units": 3, "return_sequences": True, "direction": "both", "recurrent_dropout": 0.4},
    )
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "c", "o")
    carried: ClassVar[tuple[str, ...]] = ("h", "c")
    formula: ClassVar[Callable[..., Sweep]] = staticmethod(sweep)
    formula_back: ClassVar[Callable[..., SweepBack]] = staticmethod(sweep_back)
    step_back: ClassVar[Callable[..., Slopes]] = staticmethod(slopes)

    type: Literal["lstm"] = "lstm"
    gate_activation: Activation = Sigmoid()
    cell_activation: Activation | None = None
    forget_bias: Finite = 0.0

    @property
    def squash_cell(self) -> Activation:
        """The activation between c[t] and h[t]."""
        return self.cell_activation or self.activation
