"""Elementary functions of + - * / and square roots alone: what must not depend on a C library.

`power` and `cosine` take Python's numbers, `logarithm` and `normal_quantile` float64 arrays, entry
by entry. IEEE 754 fixes every bit of what they are made of; libm fixes none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial, pi, sqrt
from typing import Any, Final

import numpy

COSINE: Final = [(-1) ** k / factorial(2 * k) for k in range(10)]
SINE: Final = [(-1) ** k / factorial(2 * k + 1) for k in range(10)]

# ln 2 in two parts, the first with so few bits that multiples of it by an exponent are exact.
LN2: Final = (float.fromhex("0x1.62e42fefa38p-1"), float.fromhex("0x1.ef35793c7673p-45"))
ATANH: Final = [1 / (2 * k + 3) for k in range(11)]

# M. J. Wichura, Algorithm AS 241 (PPND16): numerator and denominator near the middle, in the
# tails, and far out.
MIDDLE: Final = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)  # fmt: skip
TAIL: Final = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
     3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
FAR: Final = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def power(base: float, exponent: int) -> float:
    """Give base^exponent by squaring, from the lowest bit up, for an exponent from 0.

    >>> power(0.5, 10) == 0.5**10
    True
    """
    result = 1.0
    while exponent:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


def cosine(part: float) -> float:
    """Give cos(pi part) for a part from 0 to 1.

    >>> [cosine(part) for part in (0.0, 0.5, 1.0)]
    [1.0, 0.0, -1.0]
    """
    if part > 0.5:
        return -cosine(1 - part)
    x = pi * (part if part <= 0.25 else 0.5 - part)
    near: float = _horner(x * x, COSINE if part <= 0.25 else SINE)
    return near if part <= 0.25 else x * near


def logarithm(x: Any) -> Any:
    """Give the natural logarithm of float64 x, finite numbers above 0.

    With x = 2^e m, m between sqrt(1/2) and sqrt(2), and s = (m - 1) / (m + 1):
    log x = e log 2 + 2 s + 2 s^3 (1/3 + s^2/5 + s^4/7 + ...)
    """
    m, e = numpy.frexp(x)
    low = m < sqrt(0.5)
    m, e = numpy.where(low, m + m, m), e - low
    s = (m - 1) / (m + 1)
    s2 = s * s
    small = 2 * s * s2 * _horner(s2, ATANH) + e * LN2[1]
    return e * LN2[0] + (2 * s + small)


def normal_quantile(p: Any) -> Any:
    """Give z with a share p of a normal distribution below it: float64 p between 0 and 1.

    M. J. Wichura, Algorithm AS 241, Appl. Statist. 37 (1988) 477; about 16 digits.
    """
    q = p - 0.5
    central = numpy.abs(q) <= 0.425
    r = 0.180625 - q * q
    z = q * ratio(numpy.where(central, r, 0.0), MIDDLE)
    r = numpy.sqrt(-logarithm(numpy.where(q < 0, p, 1 - p)))
    near = r <= 5
    size = numpy.where(
        near,
        ratio(numpy.where(near, r, 5.0) - 1.6, TAIL),
        ratio(numpy.where(near, 5.0, r) - 5.0, FAR),
    )
    return numpy.where(central, z, numpy.where(q < 0, -size, size))


def ratio(r: Any, coefficients: tuple[Sequence[float], Sequence[float]]) -> Any:
    """Give one polynomial in r over another, each by Horner's rule, c[0] + r (c[1] + ...)."""
    above, below = coefficients
    return _horner(r, above) / _horner(r, below)


def _horner(x: Any, coefficients: Sequence[float]) -> Any:
    """Give c[0] + x (c[1] + x (c[2] + ...))."""
    result = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        result = result * x + c
    return result
