"""Cross entropy of classes that exclude each other.

With p_k = e^(y_k) / sum_j e^(y_j) and targets t_k, one of them 1 or a distribution,

    value = -sum_k t_k log p_k = sum_k t_k (log sum_j e^(d_j) - d_k),       d = y - max y
    slope = p sum_j t_j - t
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from .base import Loss

if TYPE_CHECKING:
    from ..backends import Array, Backend


class SoftmaxCrossEntropy(Loss):
    """For two outputs or more of which one is right; the row has one value."""

    on_logits: ClassVar[bool] = True

    type: Literal["softmax_cross_entropy"] = "softmax_cross_entropy"

    def terms(self, b: Backend, y: Array, t: Array) -> tuple[Array, Array]:
        top = b.max(y, -1, keepdims=True)
        d = b.where(y == top, 0.0, y - top)  # 0, not NaN, where the largest is infinite
        e = b.exp(d)
        total = b.sum(e, -1, keepdims=True)
        each = b.where(t == 0, 0.0, t * (b.log(total) - d))  # 0, not NaN, where d is -inf
        value = b.sum(each, -1, keepdims=True)
        return value, e / total * b.sum(t, -1, keepdims=True) - t
