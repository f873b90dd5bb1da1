"""What matrix units make of their factors, by NumPy: rounded to tf32 or bf16, summed in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

ULP = 2.0**-24  # half a step of float32, of numbers just below 1


def to_tf32(x: Any) -> Any:
    """Round to 11 bits, ties away from zero."""
    word = np.ascontiguousarray(x, np.float32).view(np.uint32)
    away = (word + np.uint32(0x1000)) & np.uint32(0xFFFFE000)
    return np.where(np.isfinite(x), away.view(np.float32), x)


def to_bf16(x: Any) -> Any:
    """Round to 8 bits, ties to even."""
    mantissa, exponent = np.frexp(np.where(np.isfinite(x), x, 0).astype(np.float64))
    rounded = np.ldexp(np.rint(mantissa * 2**8), exponent - 8)
    with np.errstate(over="ignore"):  # the largest numbers become infinite
        return np.where(np.isfinite(x), rounded, x).astype(np.float32)


ROUND = {"tf32": to_tf32, "bf16": to_bf16}


def product(precision: str, x: Any, W: Any, start: Any = None) -> tuple[Any, Any]:
    """Give start + r(x) r(W)^T in float64, and the sum of the sizes of all that is added."""
    x, W = (ROUND[precision](factor).astype(np.float64) for factor in (x, W))
    start = 0.0 if start is None else np.asarray(start, np.float64)
    with np.errstate(all="ignore"):
        return start + x @ W.T, np.abs(start) + np.abs(x) @ np.abs(W).T


def near(found: Any, wanted: Any, size: Any, steps: float) -> None:
    """Assert that sums of that `size` are right, to so many half steps of it, NaN and inf too."""
    assert found.dtype == np.float32
    assert found.shape == wanted.shape
    finite = np.isfinite(wanted)
    np.testing.assert_array_equal(np.where(finite, 0, found), np.where(finite, 0, wanted))
    with np.errstate(invalid="ignore"):
        apart = np.where(finite, np.abs(found - wanted), 0) / np.where(finite, size + 1e-30, 1)
    assert apart.max(initial=0) <= steps * ULP, f"{apart.max() / ULP:.1f} half steps"
