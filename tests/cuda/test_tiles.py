"""The table of all ways to multiply: on the model, whose times mean nothing."""

from __future__ import annotations

import pytest

from netspec.backends import choose
from netspec.backends.cuda import products
from netspec.bench.gpu import tiles


@pytest.mark.usefixtures("device_model")
def test_every_way_to_multiply_is_timed_and_the_one_that_is_taken_marked():
    b = choose("cuda")
    shapes = [(3, 5, 7), (2, 1, 130)]
    found = list(tiles.table(b, shapes, "float32", 0.0))
    for shape, narrow in zip(shapes, (1, 0), strict=True):
        rows = [row for row in found if row.shape == shape]
        ours = [row for row in rows if row.way != "the device's library"]
        assert len(ours) == len(products.TILES[4]) + narrow
        assert sum(row.taken for row in rows) == 1
        assert all(row.seconds > 0 for row in rows)


def test_a_line_says_how_many_operations_and_bytes_a_second():
    row = tiles.Row((1000, 100, 50), "product 128 128", 1e-3, True, 4)
    words = str(row).split()
    assert words[:3] == ["1000", "100", "50"]
    assert "10 GFLOP/s" in str(row)  # 2 * 1000 * 100 * 50 in a millisecond
    assert "1 GB/s" in str(row)  # 4 * (50000 + 5000 + 100000) bytes
    assert "*" in words
