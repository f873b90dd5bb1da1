"""The plainest cell: J. L. Elman, "Finding structure in time", Cognitive Science 14 (1990) 179.

    a[t] = W x[t] + b + U h[t-1]
    h[t] = f(a[t])

W (units, features), U (units, units), b (units,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from .base import Arrays, examples
from .recurrent import Recurrent, Sweep, SweepBack, hold, preactivations

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..backends import Array, Backend


def sweep(
    b: Backend, cell: RNN, p: Arrays, z: Array, start: Arrays, order: range, mask: Any, keep: bool
) -> Sweep:
    """Run over z (batch, steps, units); the tape holds h[t-1], a[t] and f(a[t])."""
    h, tape = start["h"], []
    y = b.empty((*z.shape[:2], cell.units), z.dtype)
    for t in order:
        a = preactivations(b, p, h, z[:, t])
        new = cell.activation.apply(b, a)
        if keep:
            tape.append((h, a, new))
        y[:, t] = hold(b, mask, t, new, 0.0)
        h = hold(b, mask, t, new, h)
    return Sweep(y, {"h": h}, tape)


def sweep_back(
    b: Backend,
    cell: RNN,
    p: Arrays,
    tape: list[Any],
    dy: Array,
    dfinal: Arrays,
    order: range,
    mask: Any,
) -> SweepBack:
    """Walk the tape backwards: da = dh f'(a); U saw h one step before."""
    dh = dfinal["h"]
    dz, saw = b.empty(dy.shape, dy.dtype), b.empty(dy.shape, dy.dtype)
    for t, (h_before, a, h) in zip(reversed(order), reversed(tape), strict=True):
        da = hold(b, mask, t, cell.activation.back(b, a, h, dh + dy[:, t]), 0.0)
        dh = hold(b, mask, t, b.product(da, p["U"].T), dh)
        dz[:, t], saw[:, t] = da, hold(b, mask, t, h_before, 0.0)
    weights = {"U": b.outer_sum(dz, saw)}
    if cell.state_bias:
        weights["b_state"] = b.sum(dz, (0, 1))
    return SweepBack(dz, weights, {"h": dh})


class RNN(Recurrent):
    """The Elman cell."""

    model_config = examples(
        {"units": 3},
        {"units": 2, "return_sequences": True, "direction": "both", "state_bias": True},
        {"units": 2, "direction": "reverse", "activation": "relu", "initial_state": "learned"},
    )
    formula: ClassVar[Callable[..., Sweep]] = staticmethod(sweep)
    formula_back: ClassVar[Callable[..., SweepBack]] = staticmethod(sweep_back)

    type: Literal["rnn"] = "rnn"
