"""Slopes in matrices by the matrix units: sums of rounded factors, over all kinds of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.backends import choose, on
from netspec.backends.cuda import mma_sums, sums

from ..contract.drawing import strewn, uniform
from . import rounding
from .model.compiler import KERNELS

PRECISIONS = pytest.mark.parametrize("precision", ["tf32", "bf16"])


def drawn(events: int, steps: int, m: int, k: int) -> tuple[Any, Any]:
    return uniform("dz", (events, steps, m), "float32"), uniform("x", (events, steps, k), "float32")


def wanted(precision: str, dz: Any, x: Any, valid: Any) -> tuple[Any, Any]:
    """Give the sum over valid rows, and of its sizes."""
    rows = np.broadcast_to(valid, dz.shape[:2])
    return rounding.product(precision, dz[rows].T, x[rows].T)


def seen(x: Any, first: Any, lengths: Any, reverse: bool, drop: Any) -> Any:
    """Give what was seen at each step: x of the step before, in the order of the pass."""
    found = np.empty_like(x)
    for n, length in enumerate(lengths):
        order = list(range(length))[:: -1 if reverse else 1]
        before = first[n]
        for s in order:
            found[n, s] = before if drop is None else before * drop[n]
            before = x[n, s]
    return found


def summed(b: Any, dz: Any, x: Any, **options: Any) -> Any:
    there = {
        name: b.array(option).bare if isinstance(option, np.ndarray) else option
        for name, option in options.items()
    }
    with b.computing():
        return b.numpy(sums.outer_sum(b, b.array(dz).bare, b.array(x).bare, **there))


@pytest.mark.usefixtures("cupy")
@PRECISIONS
@pytest.mark.parametrize(("m", "k", "steps"), [(64, 64, 5), (130, 80, 1), (65, 190, 7)])
def test_slopes_are_the_sums_of_rounded_factors(precision, m, k, steps):
    b = on("cuda", precision=precision)
    dz, x = drawn(90, steps, m, k)
    dz, x = strewn(dz, "dz", 1e-5), strewn(x, "x", 1e-5)
    found = summed(b, dz, x)
    rounding.near(found, *wanted(precision, dz, x, True), steps=8 + 90 * steps / 8)
    assert found.tobytes() == summed(b, dz, x).tobytes()


@pytest.mark.usefixtures("cupy")
@PRECISIONS
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dropped", [False, True])
def test_states_that_were_seen_one_step_later_have_the_slopes_of_all_that_was_seen(
    precision, reverse, dropped
):
    b, (events, steps, m, k) = on("cuda", precision=precision), (37, 6, 72, 64)
    dz, x = drawn(events, steps, m, k)
    lengths = np.arange(events, dtype=np.int64) * 5 % (steps + 1)
    first = uniform("first", (events, k), "float32")
    drop = (uniform("drop", (events, k), "float32") > 0).astype("float32") if dropped else None
    valid = np.arange(steps) < lengths[:, None]
    dz[~valid], x[~valid] = np.nan, np.nan
    found = summed(b, dz, x, lengths=lengths, first=first, reverse=reverse, drop=drop)
    what = seen(x, first, lengths, reverse, drop)
    rounding.near(found, *wanted(precision, dz, what, valid), steps=40)


@pytest.mark.usefixtures("device_model")
def test_a_result_may_be_given_and_rows_may_lie_apart():
    b = on("cuda", precision="tf32")
    whole, x = drawn(40, 3, 150, 64)
    dz = whole[..., 50:121]
    with b.computing():
        result = b.cupy.empty((71, 64), "float32")
        there = b.array(whole).bare[..., 50:121]
        assert sums.outer_sum(b, there, b.array(x).bare, result=result) is result
        rounding.near(b.numpy(result), *wanted("tf32", dz, x, True), steps=20)


@pytest.mark.usefixtures("device_model")
def test_few_rows_small_matrices_and_float64_keep_their_bits():
    b, full = on("cuda", precision="bf16"), choose("cuda")
    for events, steps, m, k, dtype in (
        (3, 5, 64, 64, "float32"),
        (40, 5, 10, 12, "float32"),
        (40, 5, 64, 64, "float64"),
    ):
        dz, x = (array.astype(dtype) for array in drawn(events, steps, m, k))
        assert summed(b, dz, x).tobytes() == summed(full, dz, x).tobytes()


def test_the_cut_shares_the_rows_out():
    for precision in ("tf32", "bf16"):
        for rows, m, k in ((51_200, 2048, 512), (10**6, 64, 64), (64, 64, 64), (10**9, 64, 64)):
            one = mma_sums.cut(precision, rows, m, k, 132)
            groups = -(-rows // one.rows)
            assert groups <= 65535
            assert one.rows % 64 == 0
            assert groups * one.tiles(m, k) >= min(rows // 320, 100)
    assert mma_sums.cut("tf32", 51_200, 2048, 512, 132).tall == 128


FAULTS = {
    "terms in another order": ("(word + part / 2 * 4)", "(word + part % 2 * 4)"),
    "a row too far": ("(WORDS_AT_ONCE - 1) * PER_WORD + 1", "(WORDS_AT_ONCE - 1) * PER_WORD + 2"),
    "nobody waits": ("__syncthreads();  // the slab", "// the slab"),
}  # fmt: skip


@pytest.mark.usefixtures("device_model")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, tmp_path, monkeypatch):
    from netspec.backends.cuda import kernels

    (tmp_path / "cuda").mkdir()
    for file in (KERNELS / "cuda").iterdir():
        (tmp_path / "cuda" / file.name).symlink_to(file)
    source = tmp_path / "cuda" / "mma_outer_sum.cu"
    text = source.read_text()
    assert text.count(FAULTS[fault][0]) == 1
    source.unlink()
    source.write_text(text.replace(*FAULTS[fault]))
    monkeypatch.setattr(kernels, "SOURCES", tmp_path)
    b = on("cuda", precision="bf16")
    dz, x = drawn(50, 3, 64, 64)
    with pytest.raises(AssertionError):
        rounding.near(summed(b, dz, x), *wanted("bf16", dz, x, True), steps=20)


@pytest.mark.gpu
@PRECISIONS
@pytest.mark.parametrize(("events", "steps", "m", "k"), [(256, 200, 2048, 512), (5000, 3, 100, 77)])
def test_on_a_gpu_large_sums_are_those_of_rounded_factors(events, steps, m, k, precision):
    b = on("cuda", precision=precision)
    dz, x = drawn(events, steps, m, k)
    found = summed(b, dz, x)
    # The units cut off what a sum has no room for, once in 8 or 16 terms.
    rounding.near(found, *wanted(precision, dz, x, True), steps=8 + events * steps / 4)
    assert found.tobytes() == summed(b, dz, x).tobytes()
