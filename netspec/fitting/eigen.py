"""Eigenvalues and eigenvectors of a symmetric matrix, by rotations: C. G. J. Jacobi, Crelle 30
(1846) 51.

    tau = (A[q, q] - A[p, p]) / (2 A[p, q])       t = sign(tau) / (|tau| + sqrt(1 + tau^2))
    c = 1 / sqrt(1 + t^2)   s = t c               A = J^T A J, V = V J: A[p, q] is now 0

n / 2 rotations that do not touch each other are done at once, in the order of a tournament
(R. P. Brent, F. T. Luk, SIAM J. Sci. Stat. Comput. 6 (1985) 69), until every A[p, q] is below
2^-52 sqrt(A[p, p] A[q, q]) or nothing moves. Nothing here but + - * / and square roots, entry by
entry: the bits are the same on every machine, as those of LAPACK are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy

SWEEPS: Final = 60
SMALL: Final = 2.0**-52


def eigen(matrix: Any) -> tuple[Any, Any]:
    """Give values (n,), falling, and vectors (n, n) in columns of a symmetric matrix (n, n).

    All in float64; the entry of largest size of each vector is above 0, the first of equals.
    """
    a = numpy.array(matrix, "float64")
    v = numpy.eye(len(a))
    with numpy.errstate(all="ignore"):  # 0 / 0 where nothing is left to turn; overflow means t = 0
        for _ in range(SWEEPS):
            turned = [_turn(a, v, p, q) for p, q in _rounds(len(a))]
            if not any(turned):
                break
    values = a.diagonal()
    order = numpy.argsort(-values, kind="stable")
    v = v[:, order]
    largest = numpy.argmax(numpy.abs(v), axis=0)
    return values[order], v * numpy.where(v[largest, numpy.arange(len(a))] < 0, -1.0, 1.0)


def _rounds(n: int) -> Iterator[tuple[Any, Any]]:
    """Yield pairs p, q of rows: every two meet once, and nobody twice in a round."""
    seats = list(range(n + n % 2))
    half = len(seats) // 2
    for _ in range(len(seats) - 1):
        pairs = [(min(k), max(k)) for k in zip(seats[:half], seats[::-1][:half], strict=True)]
        pairs = [pair for pair in pairs if pair[1] < n]
        p, q = numpy.array(pairs, "int64").reshape(-1, 2).T
        yield p, q
        seats = [seats[0], seats[-1], *seats[1:-1]]


def _turn(a: Any, v: Any, p: Any, q: Any) -> bool:
    """Turn the planes (p, q) of a and v, in place; say whether anything was left to turn."""
    app, aqq, apq = a[p, p], a[q, q], a[p, q]
    left = numpy.abs(apq) > SMALL * (numpy.sqrt(numpy.abs(app)) * numpy.sqrt(numpy.abs(aqq)))
    if not left.any():
        return False
    tau = (aqq - app) / (2 * apq)
    t = numpy.where(tau < 0, -1.0, 1.0) / (numpy.abs(tau) + numpy.sqrt(1 + tau * tau))
    t = numpy.where(left, t, 0.0)
    c = 1 / numpy.sqrt(1 + t * t)
    s = t * c
    rows_p, rows_q = a[p], a[q]
    a[p] = c[:, None] * rows_p - s[:, None] * rows_q
    a[q] = s[:, None] * rows_p + c[:, None] * rows_q
    for m in (a, v):
        columns_p, columns_q = m[:, p], m[:, q]
        m[:, p] = c * columns_p - s * columns_q
        m[:, q] = s * columns_p + c * columns_q
    a[p[left], q[left]] = a[q[left], p[left]] = 0.0
    return True
