"""Long sums on a GPU: trees of more than one launch, and numbers that lie in memory in odd ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend, scatter, trees
from netspec.backends.cuda import sums as cuda_sums
from netspec.backends.native import NativeBackend
from tests.contract import sums as model
from tests.contract.asking import only_where_compiled

from .test_sums import assert_same, by_native, drawn, outer, total

pytestmark = only_where_compiled


@pytest.fixture
def b(device_model: Any) -> Any:
    return CudaBackend()


@pytest.mark.parametrize("shape", [(2200, 2, 3), (2200, 16, 1), (4200, 3, 1)])
def test_many_blocks_of_a_few_steps_each_have_the_bits_of_native(
    b: Any, shape: tuple[int, ...]
) -> None:
    x = drawn(*shape)
    assert_same(total(b, x, (0, 1)), NativeBackend(1).sum(x, (0, 1)))


def test_a_tree_of_more_lists_than_a_grid_has_places_is_several_launches(
    b: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees, "MOST_BLOCKS", 2)
    partials = drawn(5, 33, 2)
    levels = [model.tree(list(block), (2,), "float32") for block in partials]
    to = b.cupy.empty(2, "float32")
    with b.computing():
        trees.sum_of_partials(b, b.bare(b.array(partials)), to)
    assert_same(to.get(), np.array(model.tree(levels, (2,), "float32")))


def test_a_sum_of_nothing_but_minus_zeros_is_zero(b: Any) -> None:
    for shape in ((1, 3), (5, 3), (5, 2, 3), (300, 3)):
        x = np.full(shape, -0.0, "float32")
        found = total(b, x, tuple(range(x.ndim - 1)))
        assert_same(found, np.zeros(3, "float32"))


def test_events_side_by_side_in_memory_may_have_steps(b: Any) -> None:
    x = drawn(3, 5, 40)  # numbers, steps, events
    with b.computing():
        turned = b.bare(b.array(x)).transpose(2, 1, 0)
        found = b.numpy(cuda_sums.total(b, turned, (0, 1)))
    want = NativeBackend(1).sum(np.ascontiguousarray(x.transpose(2, 1, 0)), (0, 1))
    assert_same(found, want)


def test_columns_that_begin_between_two_long_copies_are_copied_by_short_ones(b: Any) -> None:
    dz, x, first = drawn(5, 3, 12), drawn(5, 3, 8, seed=1), drawn(41, seed=2)
    with b.computing():
        on = [b.bare(b.array(a)) for a in (dz, x)]
        found = cuda_sums.outer_sum(b, on[0][:, :, 1:9], on[1][:, :, 3:7])
        assert_same(b.numpy(found), outer(b, dz[:, :, 1:9].copy(), x[:, :, 3:7].copy()))
        states = b.bare(b.array(first))[1:].reshape(5, 8)  # packed, but not aligned
        found = cuda_sums.outer_sum(b, *on, first=states)
    assert_same(b.numpy(found), by_native(dz, x, first=first[1:].reshape(5, 8)))


def test_ids_that_are_met_at_many_steps_have_the_whole_tree(b: Any) -> None:
    ids, dy = np.zeros((2, 300), "int64"), drawn(2, 300, 2)
    with b.computing():
        found = b.numpy(scatter.scatter_sum(b, b.bare(b.array(ids)), b.bare(b.array(dy)), 1))
    assert_same(found, NativeBackend(1).scatter_sum(ids, dy, 1))


def test_ids_beyond_a_table_are_its_last_rows_there_and_back(b: Any) -> None:
    ids = np.array([[-1, -7, 0], [2, 3, 99]])
    meant = np.array([[2, 0, 0], [2, 2, 2]])
    W, dy = drawn(3, 2), drawn(2, 3, 2)
    with b.computing():
        assert_same(b.numpy(b.gather(b.array(W), b.array(ids))), W[meant])
        found = b.numpy(b.scatter_sum(b.array(ids), b.array(dy), 3))
    assert_same(found, NativeBackend(1).scatter_sum(meant, dy, 3))
