"""How far apart two arrays are, counted in the numbers that lie between: the ulp distance.

The floating-point numbers of a type, in order, are numbered one by one,

    ... -2^-149  -0.0  +0.0  2^-149 ... 1.0  1.0000001 ... largest  inf

and the distance of two is the difference of their numbers. So it is 0 for the same bits and for
nothing else, with one exception: all NaN are the same NaN, and infinitely far from all numbers.

Source: the numbering by the bits is IEEE 754's own order (totalOrder), for numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

Array = numpy.ndarray[Any, numpy.dtype[Any]]

INFINITE = 2**64 - 1  # between a NaN and a number; between numbers it is always less


class Distance(NamedTuple):
    """How far apart two arrays of one shape are: `different` of `size` entries are not the same.

    `ulp` is the largest distance, found at the index `where`; `absolute` the largest difference
    of two finite numbers, anywhere. Where all bits are equal, both are 0 and `where` is None.
    """

    size: int
    different: int
    ulp: int
    absolute: float
    where: tuple[int, ...] | None

    def __str__(self) -> str:
        """Give `the same bits` or `2 of 40 differ, most at [3, 0]: 5 ulp, 1.2e-07`."""
        if self.where is None:
            return "the same bits"
        place = ", ".join(map(str, self.where))
        far = "NaN against a number" if self.ulp == INFINITE else f"{self.ulp} ulp"
        return (
            f"{self.different} of {self.size} differ, most at [{place}]: {far}"
            f" (largest difference {self.absolute:.3g})"
        )

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON, where an infinite distance is null."""
        return {
            "size": self.size,
            "different": self.different,
            "ulp": None if self.ulp == INFINITE else self.ulp,
            "absolute": self.absolute,
            "where": None if self.where is None else list(self.where),
        }


def ulp(x: Array, y: Array) -> Array:
    """Give the distance of every entry of x from that of y (same shape, same float32 or float64).

    >>> ulp(numpy.float32([1, 0.0, numpy.nan]), numpy.float32([1.0000002, -0.0, numpy.nan]))
    array([2, 1, 0], dtype=uint64)
    """
    if x.shape != y.shape or x.dtype != y.dtype:
        raise ValueError(
            f"wanted two arrays alike, found {x.dtype}{x.shape} and {y.dtype}{y.shape}"
        )
    a, b = _numbered(x), _numbered(y)
    distance = numpy.maximum(a, b) - numpy.minimum(a, b)
    nan_x, nan_y = numpy.isnan(x), numpy.isnan(y)
    distance[nan_x & nan_y] = 0
    distance[nan_x ^ nan_y] = INFINITE
    return distance


def compare(x: Array, y: Array) -> Distance:
    """Give the distance of two arrays, a summary of all their entries."""
    apart = ulp(numpy.atleast_1d(x), numpy.atleast_1d(y))
    count = int(numpy.count_nonzero(apart))
    if not count:
        return Distance(apart.size, 0, 0, 0.0, None)
    where = numpy.unravel_index(int(numpy.argmax(apart)), apart.shape)
    finite = numpy.isfinite(x) & numpy.isfinite(y)
    with numpy.errstate(over="ignore"):  # two float64 can be further apart than float64 reaches
        absolute = numpy.abs(x[finite].astype("float64") - y[finite].astype("float64"))
    largest = float(min(absolute.max(initial=0.0), numpy.finfo("float64").max))
    return Distance(apart.size, count, int(apart.max()), largest, tuple(map(int, where)))


def _numbered(x: Array) -> Array:
    """Number the entries of x in order, by their bits, in uint64."""
    unsigned = numpy.dtype(f"u{x.dtype.itemsize}")
    bits = numpy.ascontiguousarray(x).view(unsigned).reshape(x.shape)
    sign = unsigned.type(1 << (8 * unsigned.itemsize - 1))
    # Negative numbers run backwards in their bits, and lie below the positive ones.
    numbers: Array = numpy.where(bits & sign, ~bits, bits | sign).astype("uint64")
    return numbers
