"""From numbers to decimals: the shortest text that reads back to the same bits.

The rule, the same for float32 and float64 (a compiled writer must give the same text):

1. Of all decimals that round to the number (to nearest, ties to even) take those with the fewest
   significant digits; of these the nearest to the number; of two equally near the one whose last
   digit is even.
2. With digits d1 d2 ... dn and the value d1.d2...dn x 10^e: for -4 <= e < 16 the point stands where
   it belongs (`0.00012`, `12.5`, `1200.0`), with at least one digit on either side of it; otherwise
   `d1.d2...dne-05`, without the point where n = 1, with a sign and at least two digits in the
   exponent (`1e-05`, `3.4028235e+38`).
3. A minus sign goes in front, that of -0.0 included; zero is `0.0`.
4. `inf`, `-inf`; the canonical NaN (7fc00000, 7ff8000000000000) is `nan`, every other one carries
   its bits, `nan:ffc00001`, in 8 or 16 lower case hexadecimal digits.

Rules 1 to 3 are what Python's `repr` says of a float64, here for both types. For float32, which is
most of what is written, `_float32` below finds the digits of a whole block at once, and leaves to
NumPy's `str` of a scalar, whose digits are right and whose layout is its own, what is rare or too
close to call.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CANONICAL: Final = {4: 0x7FC00000, 8: 0x7FF8000000000000}  # the NaN written `nan`, by item size

LOWEST, HIGHEST = -4, 8  # the exponents that _float32 does itself
# Powers of ten up to 10^22 are exact in float64; below 1 a comparison with them is still safe,
# because a float32 is never that close to a power of ten without being equal to it.
POWERS: Final = 10.0 ** np.arange(0, 23)
EXPONENTS: Final = np.array([float(f"1e{e}") for e in range(LOWEST, HIGHEST + 2)])


def tokens(values: Array) -> list[bytes]:
    """Give each number's text; `values` is one-dimensional: float32, float64 or int64.

    >>> tokens(np.array([0.1, -0.0, 1e-5, np.inf, np.nan, 16777216], np.float32))
    [b'0.1', b'-0.0', b'1e-05', b'inf', b'nan', b'16777216.0']
    """
    if values.dtype == np.float32:
        texts = _float32(values)
    else:  # the `repr` of a Python float or int
        texts = repr(values.tolist())[1:-1].encode("ascii").split(b", ") if len(values) else []
    if values.dtype.kind == "f":
        for index in np.flatnonzero(np.isnan(values)):
            texts[index] = nan(values[index : index + 1])
    return texts


def nan(one: Array) -> bytes:
    """Give the text of a NaN, an array of one element.

    >>> nan(np.array([0xffc00001], np.uint32).view(np.float32))
    b'nan:ffc00001'
    """
    size = one.dtype.itemsize
    bits = int(one.view(f"u{size}")[0])
    return b"nan" if bits == CANONICAL[size] else f"nan:{bits:0{2 * size}x}".encode("ascii")


def _float32(values: Array) -> list[bytes]:
    """Give the texts of float32 numbers, a block at once."""
    with np.errstate(invalid="ignore"):  # a signalling NaN
        magnitude = np.abs(values.astype(np.float64))
    usual = (magnitude >= EXPONENTS[0]) & (magnitude < EXPONENTS[-1])
    # A power of two has a nearer neighbour below than above: the nearest decimal with k digits
    # may miss where a farther one above hits. Left to `str`, as is everything not `usual`.
    usual &= (values.view(np.uint32) & 0x7FFFFF) != 0
    where = np.flatnonzero(usual)
    digits, length, exponent, sure = _digits(values[where], magnitude[where])
    where, digits, length, exponent = where[sure], digits[sure], length[sure], exponent[sure]

    texts = np.zeros(len(values), "S20")
    negative = np.signbit(values[where])
    layout = (exponent - LOWEST) * 32 + length * 2 + negative
    order = np.argsort(layout, kind="stable")
    first = np.flatnonzero(np.diff(layout[order], prepend=-1))
    for group in np.split(order, first[1:]) if len(order) else ():
        one = group[0]
        texts[where[group]] = _place(
            digits[group], int(length[one]), int(exponent[one]), bool(negative[one])
        )
    done = texts.tolist()
    left = np.ones(len(values), bool)
    left[where] = False
    for index in np.flatnonzero(left):
        # The float64 next to a decimal of at most 9 digits has that decimal as its `repr`.
        done[index] = repr(float(str(values[index]))).encode("ascii")
    return done


def _digits(values: Array, magnitude: Array) -> tuple[Array, Array, Array, Array]:
    """Find the fewest digits: as one integer, how many, the exponent of the first, and surely so.

    `magnitude` is |values| in float64. The nearest decimal with k digits is m / 10^shift with an
    integer m < 2^53 and an exact power of ten, so that the division gives the float64 next to the
    decimal; where that rounds to the number, k digits are enough. k goes down from 9, which always
    are. Too close to call are halves, in m or between two float32.
    """
    exponent = np.searchsorted(EXPONENTS, magnitude, side="right") - 1 + LOWEST
    digits = np.zeros(len(values), np.int64)
    length = np.zeros(len(values), np.int64)
    sure = np.ones(len(values), bool)
    goal = np.abs(values)
    active = np.arange(len(values))
    for k in range(9, 0, -1):
        shift = (k - 1) - exponent[active]
        up, down = POWERS[np.maximum(shift, 0)], POWERS[np.maximum(-shift, 0)]
        scaled = magnitude[active] * up / down
        m = np.rint(scaled)
        decimal = m / up * down
        half = (decimal.view(np.uint64) & 0x1FFFFFFF) == 0x10000000
        unsure = half | (np.abs(np.abs(scaled - m) - 0.5) < 1e-6)
        sure[active[unsure]] = False
        hit = (decimal.astype(np.float32) == goal[active]) & ~unsure
        active, m = active[hit], m[hit]
        digits[active], length[active] = m.astype(np.int64), k
    over = digits == 10**length  # 9.99... was rounded up to one digit more, `10`, at k = 1
    digits[over] = 1
    exponent[over] += 1
    return digits, length, exponent, sure & (exponent <= HIGHEST)


def _place(digits: Array, length: int, exponent: int, negative: bool) -> Array:
    """Write integers of the same length, exponent and sign around a decimal point."""
    whole = max(exponent + 1, 1)  # digits before the point
    zeros = max(-exponent, 0)  # of the digits, leading zeros
    fraction = max(length + zeros - whole, 1)
    width = negative + whole + 1 + fraction
    text = np.full((len(digits), width), ord("0"), np.uint8)
    if negative:
        text[:, 0] = ord("-")
    text[:, negative + whole] = ord(".")
    columns = [c for c in range(negative, width) if c != negative + whole][zeros : zeros + length]
    rest = digits.astype(np.uint32)
    for column in reversed(columns):
        rest, last = np.divmod(rest, np.uint32(10))
        text[:, column] += last.astype(np.uint8)
    return text.view(f"S{width}")[:, 0]
