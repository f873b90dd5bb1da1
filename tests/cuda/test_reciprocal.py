"""The quotient of a sigmoid on a GPU is IEEE's: a guess of the device, and steps that correct it.

Of float32 all fractions are asked for, at some exponents: the steps are the same at every other. Of
float64 there are too many: those at both ends, where the guess is worst, and some that are drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend
from netspec.randomness import Stream

SOURCE = str(Path(__file__).with_name("reciprocal.cu"))
THREADS = 256
FRACTIONS = {"float32": 23, "float64": 52}
EXPONENTS = (-100, -24, -1, 0, 1, 31, 99)


def fractions(dtype: str, count: int) -> Any:
    """Draw so many fractions, beside those at both ends."""
    bits = FRACTIONS[dtype]
    drawn = Stream("reciprocal", dtype).words((count,)) >> np.uint64(64 - bits)
    ends = np.arange(count, dtype=np.uint64)
    return np.concatenate([ends, np.uint64((1 << bits) - 1) - ends, drawn])


def numbers(dtype: str, fractions: Any, exponent: int) -> Any:
    """Give (1 + fraction) 2^exponent, of both signs in turns."""
    whole = np.dtype(dtype.replace("float", "uint"))
    bias = (1 << 8 * whole.itemsize - FRACTIONS[dtype] - 2) - 1
    found = (fractions | np.uint64(bias + exponent << FRACTIONS[dtype])).astype(whole).view(dtype)
    found[1::2] *= -1
    return found


def hold(dtype: str, some: Any) -> None:
    b: Any = CudaBackend()
    with b.computing():
        for exponent in EXPONENTS:
            d = numbers(dtype, some, exponent)
            given, y = b.cupy.asarray(d), b.cupy.empty(d.shape, dtype)
            macros = {"NUMBER": "float" if dtype == "float32" else "double"}
            grid = (-(-d.size // THREADS),)
            args = [given, y, d.size]
            b.kernels.launch(SOURCE, macros, "reciprocals", grid, (THREADS,), args)
            wrong = d[y.get() != -1 / d]
            assert not wrong.size, [float(one).hex() for one in wrong[:4]]


@pytest.mark.parametrize("dtype", FRACTIONS)
def test_a_quotient_is_rounded_once(cupy: Any, dtype: str) -> None:
    hold(dtype, fractions(dtype, 300 if hasattr(cupy, "machine") else 1 << 21))


@pytest.mark.gpu
def test_every_quotient_of_float32_is_rounded_once() -> None:
    hold("float32", np.arange(1 << 23, dtype=np.uint64))
