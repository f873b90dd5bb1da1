"""Numbers by exact rationals, each result rounded once, to nearest, ties to even.

An array is NumPy's, and what NumPy does to it entry by entry, + - * / and comparisons, is IEEE's.
What NumPy does not have is here: `fma`. Constants of a formula are Python's floats, the nearest
float64; NumPy rounds one to the type of the array that it meets.
"""

from __future__ import annotations

from math import copysign, inf, isfinite, isinf, ldexp, nan
from typing import Any, NamedTuple

import numpy as np


class Format(NamedTuple):
    """Binary digits of a number, and the exponents of the smallest and largest normal ones."""

    digits: int
    lowest: int
    highest: int


FORMATS = {"float32": Format(24, -126, 127), "float64": Format(53, -1022, 1023)}
NAN = {"float32": 0x7FC00000, "float64": 0x7FF8000000000000}


def rounded(numerator: int, denominator: int, to: Format) -> float:
    """Give the number nearest to a rational whose denominator is a power of two."""
    sign, size = (-1 if numerator < 0 else 1), abs(numerator)
    exponent = max(size.bit_length() - denominator.bit_length(), to.lowest)
    last = exponent - (to.digits - 1)  # of the last binary digit that is kept
    if last < 0:
        size <<= -last
    else:
        denominator <<= last
    whole, rest = divmod(size, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        whole += 1
    if whole.bit_length() + last > to.highest + 1:
        return sign * inf
    return sign * ldexp(whole, last)


def fma_of_three(a: float, b: float, c: float, to: Format) -> float:
    """Give a b + c rounded once; a, b, c are numbers of that format."""
    if a != a or b != b or c != c:
        return nan
    if isinf(a) or isinf(b):
        return a * b + (c if isinf(c) else 0.0)
    if not isfinite(c):
        return c
    (p, over_p), (q, over_q), (r, over_r) = (x.as_integer_ratio() for x in (a, b, c))
    denominator = over_p * over_q
    numerator = p * q * over_r + r * denominator
    if numerator == 0:
        # IEEE's sign of an exact zero: that of both where they agree, else plus.
        negative = copysign(1, a) * copysign(1, b) < 0 and copysign(1, c) < 0
        return -0.0 if negative and p * q == 0 == r else 0.0
    return rounded(numerator, denominator * over_r, to)


def fma(a: Any, b: Any, c: Any) -> Any:
    """Give a b + c rounded once, entry by entry; one of them at least is an array."""
    dtype = next(x.dtype for x in (a, b, c) if isinstance(x, np.ndarray))
    to = FORMATS[dtype.name]
    a, b, c = np.broadcast_arrays(*(np.asarray(x, dtype) for x in (a, b, c)))
    entries = zip(a.ravel().tolist(), b.ravel().tolist(), c.ravel().tolist(), strict=True)
    return np.array([fma_of_three(*entry, to) for entry in entries], dtype).reshape(a.shape)


def maximum(x: Any, y: Any) -> Any:
    """Give x where x >= y or x is NaN, else y."""
    return np.where((x >= y) | (x != x), x, y)


def minimum(x: Any, y: Any) -> Any:
    """Give x where x <= y or x is NaN, else y."""
    return np.where((x <= y) | (x != x), x, y)


def words(x: Any) -> Any:
    """Give the bits of an array as unsigned numbers, every NaN as the canonical one."""
    x = np.ascontiguousarray(x)
    unsigned = np.uint32 if x.dtype == np.float32 else np.uint64
    return np.where(np.isnan(x), unsigned(NAN[x.dtype.name]), x.view(unsigned))


def canonical(x: Any) -> Any:
    """Give an array with the canonical NaN in the place of every NaN."""
    return words(x).view(x.dtype)
