"""Branches as columns: which there are, how they are called, how they become rows."""

from __future__ import annotations

import numpy
import pytest

from netspec.data.branches import Branch
from netspec.data.kept import Kept
from netspec.data.table import Table
from netspec.errors import DataError
from tests.data.tables import InMemory

X = numpy.arange(5, dtype="float32")
HITS = numpy.arange(30, dtype="float32").reshape(5, 2, 3)
TRACKS = [[1.0], [], [2.0, 3.0, 4.0], [5.0], []]


@pytest.fixture
def table():
    words = ["a", "b", "c", "d", "e"]
    return InMemory(x=X, hits=HITS, tracks=TRACKS, n=numpy.arange(5) + 2**40, word=words)


def rows(table, columns, at_once=2):
    return numpy.concatenate([chunk.x for chunk in table.chunks(at_once, columns)])


def test_a_number_of_a_branch_is_a_column(table):
    assert table.columns == (
        "x", "hits[0][0]", "hits[0][1]", "hits[0][2]", "hits[1][0]", "hits[1][1]", "hits[1][2]",
        "tracks", "n", "word",
    )  # fmt: skip
    assert table.shape == (5, 10)


@pytest.mark.parametrize("at_once", [1, 2, 5, 9])
def test_columns_come_in_the_order_in_which_they_are_asked_for(table, at_once):
    some = [6, 5, 1, 2, 3, 0, 2, 8]
    wanted = [*(HITS.reshape(5, 6)[:, k - 1] for k in some[:5]), X, HITS[:, 0, 1]]
    found = rows(table, some, at_once)
    assert found.dtype == "float64"
    assert numpy.array_equal(found[:, :7].T, wanted)
    assert numpy.array_equal(found[:, 7], numpy.arange(5) + 2.0**40)


def test_numbers_of_float32_stay_what_they_are(table):
    found = rows(table, [0, 3])
    assert found.dtype == "float32"
    assert numpy.array_equal(found, numpy.stack([X, HITS[:, 0, 2]], 1))


def test_an_entry_that_an_event_lacks_is_nan(table):
    some = [table.locate(f"tracks[{k}]") for k in range(3)]
    wanted = [[(row + [numpy.nan] * 3)[k] for k in range(3)] for row in TRACKS]
    numpy.testing.assert_array_equal(rows(table, some), wanted)


@pytest.mark.parametrize(
    ("word", "of"), [("Length$", len), ("Sum$", sum), ("Min$", min), ("Max$", max)]
)
def test_what_is_told_of_an_array_is_0_where_it_is_empty(table, word, of):
    found = rows(table, [table.locate(f"{word}(tracks)"), table.locate(f"{word}(hits)")])
    assert found[:, 0].tolist() == [of(row) if row else 0 for row in TRACKS]
    assert found[:, 1].tolist() == [of(row.reshape(-1).tolist()) for row in HITS]


@pytest.mark.parametrize("name", ["y", "hits", "hits[2][0]", "hits[0]", "tracks[0][1]", "x[1]"])
def test_what_is_no_number_of_an_event_is_not_found(table, name):
    assert table.locate(name) is None


def test_a_single_number_may_have_an_index(table):
    assert table.locate("x[0]") == table.locate("x") == 0


def test_a_name_may_mean_all_columns_of_a_branch(table):
    assert table.named("hits") == [1, 2, 3, 4, 5, 6]
    assert table.named("hits[0][1]") == [2]
    assert table.named("nothing") == []


def test_columns_are_kept_in_their_own_types_however_they_are_taken(table):
    with Kept(table, ["n", "hits", "n"]) as kept:
        parts = [kept.take(k) for k in (2, 0, 3)]
    assert table.closed
    assert [part["n"].dtype.name for part in parts] == ["int64"] * 3
    assert numpy.concatenate([p["n"] for p in parts]).tolist() == [2**40 + k for k in range(5)]
    assert numpy.array_equal(numpy.concatenate([part["hits"] for part in parts]), HITS)


@pytest.mark.parametrize(
    ("name", "found"),
    [("m", r"found none \(known: "), ("word", "found texts"), ("tracks", "found arrays of diff")],
)
def test_what_cannot_be_kept_is_told(table, name, found):
    with pytest.raises(
        DataError, match=f"here: {name}: wanted a column of numbers to keep, {found}"
    ):
        Kept(table, [name])


def test_more_rows_than_there_are_cannot_be_kept(table):
    with Kept(table, ["x"]) as kept, pytest.raises(DataError, match="wanted 6 more rows"):
        kept.take(6)


def test_a_shape_that_makes_too_many_columns_is_refused_where_it_is_asked_for():
    shapes = (2**31 - 1,), (2**31 - 1, 0), (2,), (2**20 - 2,), (3,)

    class Stated(InMemory):
        def __init__(self):
            some = [Branch(f"v{k}", "float32", shape) for k, shape in enumerate(shapes)]
            Table.__init__(self, "e.root", 0, [Branch("x", "float32"), *some])

    table = Stated()
    assert table.columns == (
        "x", "v0", "v1", "v2[0]", "v2[1]", "v3", "v4[0]", "v4[1]", "v4[2]",
    )  # fmt: skip
    for name in ("v0", "v1", "v3"):
        with pytest.raises(DataError, match=f"{name}: wanted numbers, found one of more than 1048"):
            next(iter(table.chunks(1, [table.locate(name)])))
