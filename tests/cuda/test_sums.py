"""Long sums on a GPU have the bits of rule 2, whatever their sizes, strides and options."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend, kernels, trees
from netspec.backends.cuda import sums as cuda_sums
from netspec.backends.native import NativeBackend
from netspec.layers import affine
from tests.contract import sums as model
from tests.contract.asking import only_where_compiled

pytestmark = only_where_compiled

CUT = cuda_sums.cut_for
WHERE = ["model", pytest.param("gpu", marks=pytest.mark.gpu)]
BATCHES, STEPS = (1, 2, 127, 128, 129, 300), (1, 2, 15, 16, 17, 33)
SHAPES = [*((n, 2) for n in BATCHES), *((2, s) for s in STEPS), (129, 17), (300, 33)]
PLANTED = [
    ("BLOCK = 128", "BLOCK = 64", {"EVENTS": 64}),
    ("NEIGHBOURS = 16", "NEIGHBOURS = 8", {"NEIGHBOURS": 8, "AT_ONCE": 64}),
]


@pytest.fixture(params=WHERE)
def b(request: pytest.FixtureRequest) -> Any:
    if request.param == "model":
        request.getfixturevalue("device_model")
    return CudaBackend()


def drawn(*shape: int, dtype: Any = "float32", seed: int = 0) -> Any:
    """Numbers of all sizes, some of them zeros, some whose products are subnormal or 0."""
    draw = np.random.default_rng([*shape, seed])
    x = draw.normal(size=shape) * 10.0 ** draw.integers(-3, 4, shape)
    x[draw.random(shape) < 0.05] *= 1e-20 if dtype == "float32" else 1e-160
    x[draw.random(shape) < 0.05] = 0
    return x.astype(dtype)


def outer(b: Any, dz: Any, x: Any, **options: Any) -> Any:
    options = {
        k: b.bare(b.array(v)) if isinstance(v, np.ndarray) else v for k, v in options.items()
    }
    with b.computing():
        got = cuda_sums.outer_sum(b, b.bare(b.array(dz)), b.bare(b.array(x)), **options)
        return b.numpy(got)


def total(b: Any, x: Any, axes: tuple[int, ...], **options: Any) -> Any:
    with b.computing():
        return b.numpy(cuda_sums.total(b, b.bare(b.array(x)), axes, **options))


def every_step_alone_or_in_groups(monkeypatch: pytest.MonkeyPatch, group: int) -> None:
    monkeypatch.setattr(cuda_sums, "cut_for", lambda *sizes: CUT(*sizes)._replace(group=group))


@pytest.mark.parametrize("cut", cuda_sums.cuts(4), ids=str)
def test_the_sum_of_dz_alone_is_that_of_a_pass_of_its_own(b: Any, cut: Any) -> None:
    native = NativeBackend()
    for shape, k in (((5, 18, 70), 65), ((130, 2, 9), 3), ((1, 130), 3), ((260, 5), 1)):
        dz, x = drawn(*shape), drawn(*shape[:-1], k)
        dz[0] = -0.0
        with b.computing():
            on = (b.array(array).bare for array in (dz, x))
            found = [b.numpy(b.own(a)) for a in cuda_sums.affine_slopes(b, *on, cut=cut)]
        assert_same(found[0], native.outer_sum(dz, x))
        assert_same(found[1], native.sum(dz, tuple(range(dz.ndim - 1))))


def test_the_slopes_of_a_weight_and_a_bias_are_two_launches(device_model: Any) -> None:
    b, native = CudaBackend(), NativeBackend()
    dz, x = drawn(5, 3, 7, dtype="float64"), drawn(5, 3, 2, dtype="float64")
    with b.computing():
        on = b.array(dz), b.array(x)
        device_model.machine.launches.clear()
        W, bias = b.call(affine.slopes, *on)
        assert [name for name, _ in device_model.machine.launches] == ["outer_sum", "tree_sum"]
        assert_same(b.numpy(W), native.outer_sum(dz, x))
        assert_same(b.numpy(bias), native.sum(dz, (0, 1)))


def by_native(dz: Any, x: Any, **options: Any) -> Any:
    native = NativeBackend(1)
    result = np.empty((dz.shape[-1], x.shape[-1]), x.dtype)
    with native.computing():
        native.engine.outer_sum(dz, x, result, **options)
    return result


def assert_same(got: Any, want: Any) -> None:
    assert got.shape == want.shape
    assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize(("batch", "steps"), SHAPES)
def test_slopes_in_a_matrix_have_the_bits_of_the_cpu(b, batch, steps):
    dz, x = drawn(batch, steps, 5), drawn(batch, steps, 7)
    assert_same(outer(b, dz, x), by_native(dz, x))


@pytest.mark.parametrize(
    ("m", "k"), [(1, 1), (67, 65), (128, 4), (65, 48), (10, 140), (33, 30), (250, 61)]
)
def test_more_outputs_than_a_tile_takes_have_the_bits_of_the_cpu(b, m, k):
    dz, x = drawn(33, 3, m), drawn(33, 3, k)
    assert_same(outer(b, dz, x), by_native(dz, x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes_in_a_matrix_have_the_bits_of_the_model(b, dtype):
    dz, x = drawn(130, 18, 2, dtype=dtype), drawn(130, 18, 3, dtype=dtype)
    assert_same(outer(b, dz, x), model.outer_sum(dz, x))


def test_many_events_of_many_steps_have_the_bits_of_the_cpu(b, monkeypatch):
    for group in (1, 16):
        every_step_alone_or_in_groups(monkeypatch, group)
        for batch, steps in ((128, 17), (1, 300), (260, 33), (5, 16), (33, 2), (31, 1)):
            dz, x = drawn(batch, steps, 3), drawn(batch, steps, 2)
            assert_same(outer(b, dz, x), by_native(dz, x))


@pytest.mark.parametrize("most", [1, 24 * 8, 24 * 16, 24 * 64, 24 * 300])
def test_sums_within_little_memory_have_the_same_bits(b, most, monkeypatch):
    for group in (1, 16):
        every_step_alone_or_in_groups(monkeypatch, group)
        for batch, steps in ((2300, 1), (1, 35), (1, 600), (257, 3), (129, 40)):
            dz, x = drawn(batch, steps, 2), drawn(batch, steps, 3)
            assert_same(outer(b, dz, x, most=most), by_native(dz, x))
            assert_same(total(b, x, (0, 1), most=most), NativeBackend(1).sum(x, (0, 1)))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("batch", [3, 40, 129])
def test_states_that_were_seen_one_step_later_have_the_bits_of_the_cpu(b, batch, reverse):
    steps, n = 5, 4
    dz, y, h0 = drawn(batch, steps, 3 * n), drawn(batch, steps, n), drawn(batch, n)
    lengths = np.arange(batch) % (steps + 1)
    k = np.where(np.random.default_rng(1).random((batch, n)) < 0.5, 0, 2).astype("float32")
    padded = dz.copy(), y.copy()
    for a in padded:
        a[np.arange(steps) >= lengths[:, None]] = np.nan
    for options in ({}, {"drop": k}, {"lengths": lengths}, {"lengths": lengths, "drop": k}):
        given = {"first": h0, "reverse": reverse} | options
        seen = padded if "lengths" in options else (dz, y)
        assert_same(outer(b, *seen, **given), by_native(*seen, **given))
    # Without a compiled kernel: what was seen, written out.
    seen, left = np.zeros_like(y), dz.copy()
    for e, length in enumerate(lengths):
        order = range(length)[::-1] if reverse else range(length)
        before = h0[e]
        for t in order:
            seen[e, t], before = before, y[e, t]
        left[e, length:] = 0
    if batch == 3:
        got = outer(b, *padded, first=h0, reverse=reverse, lengths=lengths)
        assert_same(got, model.outer_sum(left, seen))


def test_columns_of_an_array_and_a_place_for_the_result_need_no_copy(b):
    dz, y = drawn(5, 4, 9), drawn(5, 4, 3)
    with b.computing():
        whole, bare = b.bare(b.array(dz)), b.bare(b.array(y))
        U = b.cupy.empty((3, 3, 3), "float32")
        cuda_sums.outer_sum(b, whole[:, :, :6], bare, result=U[:2])
        cuda_sums.outer_sum(b, whole[:, :, 6:], bare, result=U[2])
        assert_same(b.numpy(U).reshape(9, 3), by_native(dz, y))


def test_rows_beyond_a_tile_that_are_aligned_and_some_that_are_not(b):
    for m, k in ((64, 64), (66, 64), (68, 34), (128, 64)):
        dz, x = drawn(40, 2, m), drawn(40, 2, k)
        assert_same(outer(b, dz, x), by_native(dz, x))


@pytest.mark.parametrize(("right", "wrong", "numbers"), PLANTED, ids=["blocks of 64", "trees of 8"])
def test_another_order_of_a_sum_is_noticed(
    right, wrong, numbers, device_model, tmp_path, monkeypatch
):
    folder = shutil.copytree(kernels.SOURCES, tmp_path / "kernels")
    text = (folder / "kinds.h").read_text()
    assert right in text
    (folder / "kinds.h").write_text(text.replace(right, wrong))
    monkeypatch.setattr(kernels, "SOURCES", folder)
    for name, value in numbers.items():
        for module in (cuda_sums, trees):
            monkeypatch.setattr(module, name, value, raising=False)
    kernels._headers.cache_clear()
    try:
        dz, x = drawn(129, 17, 3), drawn(129, 17, 2)
        assert outer(CudaBackend(), dz, x).tobytes() != by_native(dz, x).tobytes()
        got = total(CudaBackend(), x, (0, 1))
        assert got.tobytes() != NativeBackend(1).sum(x, (0, 1)).tobytes()
        assert np.allclose(got, x.sum((0, 1)), rtol=1e-4)
    finally:
        kernels._headers.cache_clear()


def test_no_event_and_no_step_give_zeros(b):
    assert outer(b, drawn(0, 3, 2), drawn(0, 3, 4)).tolist() == [[0] * 4] * 2
    assert outer(b, drawn(3, 0, 2), drawn(3, 0, 4)).tolist() == [[0] * 4] * 2
    assert total(b, drawn(0, 3, 2), (0, 1)).tolist() == [0, 0]


def test_what_is_no_number_stays_where_it_is(b):
    dz, x = drawn(20, 3, 4), drawn(20, 3, 5)
    dz[7, 1, 2], x[3, 2, 1], dz[4, 0, 0] = np.nan, np.inf, -np.inf
    got, want = outer(b, dz, x), by_native(dz, x)
    assert np.array_equal(np.isnan(got), np.isnan(want))
    assert np.array_equal(got[~np.isnan(got)], want[~np.isnan(want)])


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((300, 33, 5), (0, 1)), ((129, 5), (0,)), ((1, 17, 40), (0, 1)), ((5, 300), (1,)),
        ((3, 4, 10), (2,)), ((40, 3), (1,)), ((1000,), (0,)), ((1,), (0,)), ((130, 3, 20), (0, 2)),
        ((4, 130, 3), (1,)), ((3, 5, 2, 6), (0, 1, 2)), ((3, 5, 2, 6), (1, 3)), ((2, 3), (0, 1)),
    ],
    ids=str,
)  # fmt: skip
def test_sums_over_axes_have_the_bits_of_the_cpu(b, shape, axes):
    for dtype in ("float32", "float64"):
        x = drawn(*shape, dtype=dtype)
        assert_same(total(b, x, axes), NativeBackend(1).sum(x, axes))


def test_sums_have_the_bits_of_the_model_and_keep_axes_where_asked(b):
    x = drawn(260, 18, 3)
    assert_same(total(b, x, (0, 1)), model.long_sum(x))
    assert total(b, x[:, 0, 0], (0,)).item() == model.sum_of_row(x[:, 0, 0])
    with b.computing():
        turned = b.array(x).swapaxes(0, 1)
        assert_same(b.numpy(b.sum(turned, (1, 0), keepdims=True))[0, 0], model.long_sum(x))
        assert_same(b.numpy(b.sum(turned[:, :, 1], -1)), b.numpy(b.sum(turned, 1))[:, 1])


@pytest.mark.parametrize(("batch", "steps", "width"), [(1, 1, 1), (300, 2, 3), (7, 40, 33)])
def test_slopes_in_a_table_have_the_bits_of_the_cpu(b, batch, steps, width):
    draw = np.random.default_rng(batch)
    ids = (draw.random((batch, steps)) ** 3 * 9).astype("int64")
    ids[1:] = np.where(draw.random((batch - 1, 1)) < 0.5, 4, ids[1:])  # often at all steps
    dy = drawn(batch, steps, width)
    with b.computing():
        got = b.numpy(b.scatter_sum(b.array(ids), b.array(dy), 11))
    assert_same(got, NativeBackend(1).scatter_sum(ids, dy, 11))
    if width == 3:
        one_hot = (ids[:, :, None] == np.arange(11)).astype("float32")
        assert_same(got, model.outer_sum(one_hot, dy))
    with b.computing():
        nothing = b.scatter_sum(b.array(ids[:0]), b.array(dy[:0]), 2)
        assert not b.numpy(nothing).any()


def test_every_cut_of_the_work_gives_the_same_bits(device_model):
    b, dz, x = CudaBackend(), drawn(40, 18, 70), drawn(40, 18, 33)
    want = by_native(dz, x)
    for cut in cuda_sums.cuts(4):
        assert_same(outer(b, dz, x, cut=cut), want)


@pytest.mark.gpu
@pytest.mark.parametrize(("batch", "steps", "m", "k"), [(4096, 50, 64, 128), (257, 200, 512, 256)])
def test_many_rows_have_the_bits_of_the_cpu(batch, steps, m, k):
    b, dz, x = CudaBackend(), drawn(batch, steps, m), drawn(batch, steps, k)
    assert_same(outer(b, dz, x), by_native(dz, x))
    assert_same(total(b, dz, (0, 1)), NativeBackend().sum(dz, (0, 1)))


@pytest.mark.gpu
def test_a_million_events_take_no_more_than_a_bounded_piece_of_memory():
    b = CudaBackend()
    with b.computing():
        dz, x = b.cupy.zeros((10**6, 20, 128), "float32"), b.cupy.zeros((10**6, 20, 42), "float32")
        dz[:, 3], x[:, 3] = 1, 1
        pool = b.cupy.get_default_memory_pool()
        pool.free_all_blocks()
        before = pool.total_bytes()
        got = b.numpy(cuda_sums.outer_sum(b, dz, x))
        assert pool.total_bytes() - before < 2**29
    assert (got == 10**6).all()
