"""The slopes in the weights of z = x W^T + b, from dz: long sums over all rows of a batch.

dW = outer_sum(dz, x)
db = sum(dz)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..backends import Array, Backend


def slopes(b: Backend, dz: Array, x: Array) -> tuple[Array, Array]:
    """Give dW (m, k) and db (m,), for dz (..., m) and x (..., k)."""
    return b.outer_sum(dz, x), b.sum(dz, tuple(range(dz.ndim - 1)))
