"""The number that training makes small, and its slope in what the last layer gives.

    L = sum_r w_r sum_k v[r, k] / N          N = (valid rows) * (values of a row)
    dL/dy[r] = slope[r] * (w_r * (1 / N))

A row is an event or, where the output has steps, a valid step of one; v and slope are the loss's
own (`losses/`), w_r is the weight of the row's event, never normalised. Sums run over the rows
first and over the values of a row then, both by the rule of long sums (`kernels/README.md`).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..layers.stack import padded

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..losses import Loss
    from ..spec import NetworkSpec


class Objective(NamedTuple):
    """L of a batch, N, and the slope dL/dy (batch, ..., outputs) in the last layer's output.

    L is an array of one number, which is on the device still.
    """

    loss: Array
    terms: int
    dy: Array


def objective(
    b: Backend,
    spec: NetworkSpec,
    loss: Loss,
    y: Array,
    t: Array,
    weights: Array | None = None,
    lengths: Array | None = None,
    valid_rows: int | None = None,
) -> Objective:
    """Hold y (batch, ..., outputs), the last layer's output, against t of its shape.

    `weights` (batch,), or one for each row, `lengths` (batch,) the valid steps of an output that
    has steps, `valid_rows` their sum where it is known: to ask the device for it is to wait for it.
    """
    before = loss.before_activation
    seen = y if before else spec.output.activation.apply(b, y)
    values, slope = loss.terms(b, seen, t)
    rows = tuple(range(values.ndim - 1))
    if valid_rows is None:
        valid_rows = _valid_rows(b, y, lengths)
    terms = values.shape[-1] * valid_rows
    if not terms:
        return Objective(b.zeros((), y.dtype), 0, b.zeros(y.shape, y.dtype))
    share = 1.0 / terms
    if weights is None:
        dy = slope * share
    else:
        w = weights if weights.ndim == len(rows) else weights.reshape(-1, *[1] * (len(rows) - 1))
        values, dy = values * w[..., None], slope * (w * share)[..., None]
    values, dy = padded(b, values, lengths), padded(b, dy, lengths)
    total = b.sum(b.sum(values, rows), 0)
    if not before:
        dy = padded(b, spec.output.activation.back(b, y, seen, dy), lengths)
    return Objective(total / terms, terms, dy)


def _valid_rows(b: Backend, y: Array, lengths: Array | None) -> int:
    return prod(y.shape[:-1]) if lengths is None else int(b.numpy(lengths).sum())
