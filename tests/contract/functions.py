"""exp, expm1, log, tanh, sigmoid and erf, operation by operation as the contract's pseudo-code.

Every line computes on whole arrays, all branches; where one of two values is chosen, the other
counts for nothing. The constants of float32 and float64 are side by side, in `Constants`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .coefficients import TABLES
from .rounding import fma

hexadecimal = float.fromhex


class Constants(NamedTuple):
    """What differs between the types."""

    unsigned: Any
    signed: Any
    F: int  # bits of the fraction
    B: int  # bias of the exponent
    MAGIC: float
    L2E: float
    HI: float
    LO: float
    exp_ends: tuple[float, float]
    exp_scale: float  # its inverse is a number, too
    expm1_ends: tuple[float, float]
    expm1_tiny: float
    smallest: float  # normal number
    root: int
    tanh_end: float
    sigmoid_C: float
    sigmoid_end: float
    sigmoid_shift: float
    sigmoid_least: float
    erf_end: float
    erf_middle: float
    erf_c: float


OF = {
    "float32": Constants(
        np.uint32, np.int32, 23, 127, 1.5 * 2.0**23,
        hexadecimal("0x1.715476p0"), hexadecimal("0x1.62e43p-1"), hexadecimal("-0x1.05c61p-29"),
        (-104.0, 89.0), 2.0**64, (-18.0, 89.0), 2.0**-25, 2.0**-126, 0x3F3504F3,
        9.125, 2.0**24, 104.0, 407.0, 150.0, 4.0, 0.875, hexadecimal("0x1.06eba8p-3"),
    ),
    "float64": Constants(
        np.uint64, np.int64, 52, 1023, 1.5 * 2.0**52,
        hexadecimal("0x1.71547652b82fep0"), hexadecimal("0x1.62e42fefa38p-1"),
        hexadecimal("0x1.ef35793c7673p-45"),
        (-746.0, 710.0), 2.0**600, (-38.0, 710.0), 2.0**-54, 2.0**-1022, 0x3FE6A09E667F3BCD,
        19.125, 2.0**64, 746.0, 3135.0, 1076.0, 5.95, 0.9, hexadecimal("0x1.06eba8214db69p-3"),
    ),
}  # fmt: skip


def of(x: Any) -> tuple[Constants, dict[str, list[float]]]:
    """Give the constants and the coefficients for the type of an array."""
    return OF[x.dtype.name], TABLES[x.dtype.name]


def bits(x: Any) -> Any:
    """Give the bits of numbers, without a sign, so that sums and shifts wrap around."""
    return np.ascontiguousarray(x).view(OF[x.dtype.name].unsigned)


def number(i: Any) -> Any:
    """Give the numbers that have these bits."""
    return i.view(np.float32 if i.itemsize == 4 else np.float64)


def scale(z: Any) -> Any:
    """Give number(bits(z) << F)."""
    return number(bits(z) << OF[z.dtype.name].unsigned(OF[z.dtype.name].F))


def like(x: Any, value: float) -> Any:
    """Give an array of one value."""
    return np.full_like(x, value)


def horner(x: Any, c: Sequence[float]) -> Any:
    y = like(x, c[-1])
    for k in range(len(c) - 2, -1, -1):
        y = fma(y, x, c[k])
    return y


def pairs(x: Any, x2: Any, c: Sequence[float]) -> Any:
    v = [fma(c[j + 1], x, c[j]) for j in range(0, len(c) - 1, 2)]
    if len(c) % 2:
        v.append(like(x, c[-1]))
    y = v[-1]
    for j in range(len(v) - 2, -1, -1):
        y = fma(y, x2, v[j])
    return y


def poly(x: Any, x2: Any, c: Sequence[float]) -> Any:
    return fma(pairs(x, x2, c[1:]), x, c[0])


def between(x: Any, ends: tuple[float, float]) -> Any:
    low, high = ends
    x = np.where(x > high, high, x)
    return np.where(x < low, low, x)


def with_nan(x: Any, y: Any) -> Any:
    """Give y, and NaN where x is NaN."""
    return np.where(x != x, x, y)


def exp(given: Any) -> Any:
    k, t = of(given)
    x = between(given, k.exp_ends)
    M = k.MAGIC + 2 * k.B
    z = fma(x, k.L2E, M)
    n = z - M
    r = fma(n, -k.HI, x)
    r = fma(n, -k.LO, r)
    p = fma(fma(poly(r, r * r, t["QE"]), r, 1.0), r, 1.0)
    c = np.where(x < 0, like(x, 1 / k.exp_scale), like(x, k.exp_scale))
    y = (p * number((bits(z) << k.unsigned(k.F)) - bits(c))) * c
    return with_nan(given, y)


def expm1(x: Any) -> Any:
    k, t = of(x)
    y = between(x, k.expm1_ends)
    M = k.MAGIC + (k.B - 1)
    z = fma(y, k.L2E, M)
    n = z - M
    high = fma(n, -k.HI, y)
    low = n * -k.LO
    r = high + low
    r2 = r * r
    lost = (high - r) + low
    w = fma(r, lost, fma(r2, poly(r, r2, t["QM"]), low))
    s = scale(z)
    s1 = s - 0.5
    s1_low = (s - s1) - 0.5
    total = fma(s, high, s1)
    total_low = fma(s, high, s1 - total) + s1_low
    h = total + fma(s, w, total_low)
    return with_nan(x, np.where(np.abs(x) < k.expm1_tiny, x, h + h))


def log(x: Any) -> Any:
    k, t = of(x)
    small = x < k.smallest
    shift = np.where(small, like(x, k.F), like(x, 0.0))
    y = np.where(small, x * 2.0**k.F, x)
    root = k.unsigned(k.root)
    i = bits(y) - root
    exponent = (i.view(k.signed) >> k.signed(k.F)).view(k.unsigned)
    e = number(exponent + bits(like(x, k.MAGIC))) - (k.MAGIC + shift)
    f = number((i & k.unsigned(2**k.F - 1)) + root) - 1
    f2 = f * f
    if x.dtype == np.float32:
        u = fma(-0.5, f2, (f * f2) * poly(f, f2, t["PL"]))
    else:
        s = f / (2 + f)
        s2 = s * s
        h = 0.5 * f2
        u = fma(s, fma(s2, poly(s2, s2 * s2, t["PL"]), h), -h)
    u = fma(e, k.LO, u)
    total = fma(e, k.HI, f)
    low = f - fma(-e, k.HI, total)
    result = total + (low + u)
    result = np.where(x == np.inf, x, result)
    result = np.where(x < 0, np.nan, result)
    return with_nan(x, np.where(x == 0, -np.inf, result))


def decay(a: Any, a_low: Any = None) -> tuple[Any, Any]:
    """Give s and v: e^(-2a) = s (1 + v)."""
    k, t = of(a)
    M = k.MAGIC + k.B
    z = fma(a, -(2 * k.L2E), M)
    n = z - M
    r = fma(n, k.HI / 2, a)
    if a.dtype == np.float64:
        r = fma(n, k.LO / 2, r)
    if a_low is not None:
        r = r + a_low
    r2 = r * r
    Q = [4 * (-2.0) ** j * c for j, c in enumerate(t["QE"])]
    return scale(z), fma(poly(r, r2, Q), r2, -2 * r)


def tanh(x: Any) -> Any:
    k, t = of(x)
    m = np.abs(x)
    m2 = m * m
    s, v = decay(np.where(m > k.tanh_end, k.tanh_end, m))
    e = fma(s, v, s)
    if x.dtype == np.float32:
        g, p = horner(e, t["GT"]), horner(m2, t["PT"])
    else:
        g, p = poly(e, e * e, t["GT"]), poly(m2, m2 * m2, t["PT"])
    y = np.where(m > 1, fma(-e, g, 1.0), fma(m2 * p, m, m))
    return with_nan(x, np.copysign(y, x))


def sigmoid(x: Any) -> Any:
    k, t = of(x)
    C = k.sigmoid_C
    m = np.abs(x)
    a = np.where(m > k.sigmoid_end, k.sigmoid_end, m)
    M = k.MAGIC + k.sigmoid_shift
    least = bits(like(x, M - k.sigmoid_least)).view(k.signed)
    i = bits(fma(m, -k.L2E, M)).view(k.signed)
    i = np.where(i < least, least, i).view(k.unsigned)
    n = number(i) - M
    r = fma(n, k.HI, a)
    r = fma(n, k.LO, r)
    s = number(i << k.unsigned(k.F))
    Q = [-C * c for c in t["QE"]]
    p = fma(poly(r, r * r, Q), r, -C)
    d = fma(p, r, s - C)
    d_low = fma(p, r, (-C - d) + s)
    y = -1 / d
    y = fma(fma(d_low, y, fma(d, y, 1.0)), y, y)
    start = np.where(np.signbit(x), like(x, 0.0), like(x, 1.0))
    return with_nan(x, np.abs(fma(s, y, start)))


def erf(x: Any) -> Any:
    k, t = of(x)
    m = np.abs(x)
    a = np.where(m > k.erf_end, k.erf_end, m)
    m2 = m * m
    slope = poly(a, a * a, t["QR"][1:])
    q = fma(slope, a, t["QR"][0])
    q_low = fma(slope, a, -q) + t["QR"][0]
    s, v = decay(q, q_low)
    y = np.where(
        m > k.erf_middle, fma(-s, v, 1 - s), fma(fma(m2, horner(m2, t["PE"]), k.erf_c), m, m)
    )
    return with_nan(x, np.copysign(y, x))
