"""Two backends, one formula: whether they give the same bits, but for which NaN it is."""

from __future__ import annotations

from typing import Any

import numpy as np


def same(got: Any, want: Any, name: str = "") -> None:
    """Assert that two NumPy arrays have one type, one shape and the same bits; any NaN is one."""
    want = np.asarray(want)
    assert (got.dtype, got.shape) == (want.dtype, want.shape), name
    np.testing.assert_array_equal(got, want, err_msg=name)  # NaN where NaN is, told with its place
    assert _bits(got) == _bits(want), f"{name}: a zero of the other sign"


def _bits(array: Any) -> bytes:
    return (np.where(np.isnan(array), 0, array) if array.dtype.kind == "f" else array).tobytes()
