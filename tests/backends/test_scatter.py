"""The slope in a table of vectors: the sums of one-hot rows, in the order of the contract."""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
import pytest

SHAPES = [
    (1,),
    (5,),
    (200, 90),
    (300,),
    (300, 7),
    (3, 40),
    (130, 17, 3),
    (260, 2),
    (1, 5000),
    (0,),
    (3, 0),
]
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


def drawn(shape, ids, dtype, seed=4):
    draw = np.random.default_rng(seed)
    dy = draw.standard_normal((*shape, 4)).astype(dtype)
    dy[draw.random(dy.shape) < 0.1] = -0.0
    return draw.integers(0, ids, shape), dy


def test_rows_are_gathered_and_their_slopes_come_back_to_them(b):
    ids, dy = drawn((6, 5), 7, "float64")
    W = np.random.default_rng(1).standard_normal((7, 4))
    assert b.gather(W, ids).tolist() == [[W[i].tolist() for i in event] for event in ids]
    found = b.scatter_sum(ids, dy, 7)
    for row in range(7):
        for k in range(4):
            terms = [dy[(*at, k)] for at in np.ndindex(ids.shape) if ids[at] == row]
            assert found[row, k] == pytest.approx(math.fsum(terms), rel=1e-14, abs=1e-14)


@every_dtype
@pytest.mark.parametrize("ids", [1, 3, 50])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_it_has_the_bits_of_the_outer_sum_of_one_hot_rows(shape, ids, dtype, native):
    places, dy = drawn(shape, ids, dtype)
    one_hot = np.eye(ids, dtype=dtype)[places]
    wanted = native.outer_sum(one_hot, dy)
    assert native.scatter_sum(places, dy, ids).tobytes() == wanted.tobytes()


def test_a_million_places_take_a_moment(native):
    """A loop over them would take many seconds."""
    places, _ = drawn((10_000, 100), 20_000, "float32")
    dy = np.ones((10_000, 100, 8), "float32")
    start = perf_counter()
    found = native.scatter_sum(places, dy, 20_000)
    assert perf_counter() - start < 20
    assert found[:, 0].tolist() == np.bincount(places.ravel(), minlength=20_000).tolist()
