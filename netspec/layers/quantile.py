"""The inverse of the error function by + - * /, log and square root.

    erfinv(u) = z / sqrt(2),   z the normal quantile of (1 + u) / 2

z is M. J. Wichura's, Algorithm AS 241 (PPND16), Appl. Statist. 37 (1988) 477, in its two inner
ranges: u is at most 1 - 2.7e-11 away from 0, which is where the second one ends. What is off is
a few units in the last place.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from ..elementary import MIDDLE, TAIL, ratio

if TYPE_CHECKING:
    from ..backends import Array, Backend

HALF: Final = sqrt(0.5)


def erfinv(b: Backend, u: Array) -> Array:
    """Give w with erf(w) = u, float64, for |u| <= 1 - 2.7e-11; NaN of NaN."""
    q, size = 0.5 * u, b.abs(u)
    middle = size <= 0.85
    near = b.where(middle, q, 0.0)
    r = b.sqrt(-b.log(b.where(middle, 0.5, 0.5 * (1 - size))))
    z = near * ratio(0.180625 - near * near, MIDDLE)
    far = ratio(r - 1.6, TAIL)
    return b.where(middle, z, b.where(u < 0, -far, far)) * HALF
