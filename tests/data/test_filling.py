"""What a file of branches is filled with."""

from __future__ import annotations

import numpy
import pytest

from netspec.data.filling import gathered, identifiers, tables


@pytest.mark.parametrize("cut", [1, 3, 7, 20, 100])
def test_rows_are_gathered_into_pieces_that_only_their_number_decides(cut, monkeypatch):
    monkeypatch.setattr("netspec.data.filling.AT_ONCE", 7 * 12)  # seven rows
    x, y = numpy.arange(100.0), numpy.arange(100, dtype="float32")
    parts = ({"x": x[k : k + cut], "y": y[k : k + cut]} for k in range(0, 100, cut))
    found = list(gathered(parts))
    assert [len(part["x"]) for part in found] == [7] * 14 + [2]
    assert numpy.array_equal(numpy.concatenate([part["x"] for part in found]), x)
    assert numpy.array_equal(numpy.concatenate([part["y"] for part in found]), y)
    assert {part["y"].dtype.name for part in found} == {"float32"}


@pytest.mark.parametrize("cut", [1, 3, 40])
def test_as_many_rows_are_gathered_as_are_wanted(cut):
    x = numpy.arange(40.0)
    found = list(gathered(({"x": x[k : k + cut]} for k in range(0, 40, cut)), 9))
    assert [len(part["x"]) for part in found] == [9] * 4 + [4]
    assert numpy.array_equal(numpy.concatenate([part["x"] for part in found]), x)


def test_no_rows_are_one_piece_that_tells_the_types():
    (only,) = gathered([{"x": numpy.empty((0, 3), "float32")}])
    assert (only["x"].shape, only["x"].dtype) == ((0, 3), "float32")


def test_outputs_of_several_steps_are_columns_in_the_order_of_their_names():
    y = numpy.arange(12.0).reshape(2, 3, 2)
    (table,) = tables([y], ["a[0]", "b[0]", "a[1]", "b[1]", "a[2]", "b[2]"])
    assert {name: column.tolist() for name, column in table.items()} == {
        "a[0]": [0, 6], "b[0]": [1, 7], "a[1]": [2, 8], "b[1]": [3, 9], "a[2]": [4, 10],
        "b[2]": [5, 11],
    }  # fmt: skip


def test_names_avoid_those_that_are_taken():
    assert identifiers(["x", "X y"], taken=["X"]) == ["x_2", "X_y"]
    names = identifiers([*["a b"] * 3, "a_b_2"])
    assert names == ["a_b", "a_b_2", "a_b_3", "a_b_2_2"]
