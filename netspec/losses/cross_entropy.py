"""Cross entropy of independent probabilities, each of its own logit.

With p = 1 / (1 + e^-y) the probability that a number y of the last layer stands for, and t in
[0, 1] the target,

    value = -t log p - (1 - t) log(1 - p)
          = r |y| + log(1 + e^-|y|),          r = t where y < 0, else 1 - t
    slope = p - t

All terms are positive, so nothing is lost far out; y and t turned into -y and 1 - t give the same
value. An infinite y on the right side costs 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from .base import Loss

if TYPE_CHECKING:
    from ..backends import Array, Backend


class CrossEntropy(Loss):
    """For one output, or several that do not exclude each other."""

    on_logits: ClassVar[bool] = True

    type: Literal["cross_entropy"] = "cross_entropy"

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        below = y < 0
        size = b.abs(y)
        e = b.exp(-size)
        u = 1 + e
        # log u without what u has lost of e: W. Kahan's, which needs no log1p.
        lost = b.where(u == 1, e, b.log(u) * (e / (u - 1)))
        r = b.where(below, t, 1 - t)
        value = b.where(r == 0, 0.0, r * size) + lost
        s = e / u  # the smaller of p and 1 - p
        return value, b.where(below, s - t, r - s)
