"""Variables that are expressions of columns."""

from __future__ import annotations

import math

import numpy
import pytest

from netspec import data
from netspec.data.computed import Computed, find
from netspec.errors import DataError
from tests.data.tables import InMemory

PX = [0.5, -3.0, 1.0]
TRACKS = [[2.0, 1.0], [4.0], []]


@pytest.fixture
def table():
    hits = numpy.arange(6.0).reshape(3, 2)
    return InMemory(
        px=PX, tracks=TRACKS, hits=hits, **{"2*px": [7.0, 8.0, 9.0], "b-tag": [0.1, 0.2, 0.3]}
    )


def rows(table, wanted, at_once=2):
    made = Computed(table, find(table, wanted, "e.root"))
    return numpy.concatenate([chunk.x for chunk in made.chunks(at_once)])


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_expressions_are_computed_event_by_event(table, at_once):
    found = rows(table, [["pt", "sqrt(px*px) + 1"], ["px"], ["px^2 > 1"]], at_once)
    wanted = [[math.sqrt(x * x) + 1, x, float(x**2 > 1)] for x in PX]
    assert found.tolist() == wanted


def test_a_column_of_exactly_that_name_wins(table):
    assert rows(table, [["2*px"], ["b-tag"], ["2*px + 0"]]).tolist() == [
        [7, 0.1, 1], [8, 0.2, -6], [9, 0.3, 2],
    ]  # fmt: skip


def test_the_label_goes_before_the_expression(table):
    assert rows(table, [["px", "2*px"]])[:, 0].tolist() == PX


def test_a_name_that_is_no_expression_is_passed_over_for_one_that_is(table):
    assert rows(table, [["a sum", "the momentum twice", "px + px"]])[:, 0].tolist() == [
        2 * x for x in PX
    ]


def test_an_entry_that_is_missing_makes_the_result_nan(table):
    found = rows(table, [["tracks[1] > 0 ? 1 : 2"], ["Length$(tracks)*2"], ["tracks[0]"]])
    numpy.testing.assert_array_equal(
        found, [[1, 4, 2], [numpy.nan, 2, 4], [numpy.nan, 0, numpy.nan]]
    )


def test_a_number_alone_is_the_same_for_all_events(table):
    assert rows(table, [["one", "pi"]])[:, 0].tolist() == [math.pi] * 3


def test_columns_of_a_csv_file_are_computed_with(tmp_path):
    (tmp_path / "e.csv").write_text("px,word,py\n3,a,4\n5,b,12\n")
    with data.open(tmp_path / "e.csv") as table:
        assert rows(table, [["pt", "sqrt(px*px + py*py)"], ["py"]]).tolist() == [[5, 4], [13, 12]]


MISSING = {
    ("pX",): "no column for the variable 'pX', did you mean 'px'?",
    ("pt", "sqrt(pxx)"): "no column for the variable 'sqrt(pxx)': 'pxx', did you mean 'px'?",
    ("track[0]",): "no column for the variable 'track[0]', did you mean 'tracks'?",
    ("sqr(px)",): "'sqr(px)', nor can it be computed: 'sqr(px)': column 1: there is no function",
    ("eta", "2 *"): "'eta', nor can it be computed: '2 *': column 4: wanted a number",
    ("hits",): "no column for the variable 'hits': 'hits' holds 2 numbers (hits[0], hits[1], ...)",
    ("sum", "hits[2] + px"): "'hits[2] + px': 'hits[2]': 'hits' holds 2 numbers (hits[0], hits[1],",
    ("px[1]",): "no column for the variable 'px[1]', did you mean 'px'?",
    ("nothing", "none", "A title, in words"): "variable 'nothing' (known: ",
}


@pytest.mark.parametrize("names", MISSING)
def test_what_is_missing_is_named_with_the_nearest(table, names):
    with pytest.raises(DataError) as caught:
        find(table, [names, ["px"]], "e.root")
    assert MISSING[names] in str(caught.value)
    assert str(caught.value).startswith("e.root: ")
    assert "\n" not in str(caught.value)


def test_many_missing_variables_are_counted(table):
    with pytest.raises(DataError, match=r"and 95 more$"):
        find(table, [[f"v{k}"] for k in range(100)], "e.root")


def test_a_long_name_is_shortened_where_it_is_told():
    with pytest.raises(DataError, match=rf"\(known: {60 * 'x'}\.\.\.\)$"):
        find(InMemory(**{10**6 * "x": PX}), [["y"]], "e.root")


def test_the_names_that_are_known_are_told_once_of_many_variables():
    table = InMemory(here=[1.0], there=[2.0])
    with pytest.raises(DataError) as caught:
        find(table, [[f"zz[{k}]"] for k in range(7)], "e")
    assert str(caught.value) == (
        "e: no column for the variable 'zz[0]'; 'zz[1]'; 'zz[2]'; 'zz[3]'; 'zz[4]'"
        " (known: here, there); and 2 more"
    )
    with pytest.raises(DataError) as caught:
        find(table, [["zz"], ["heere"]], "e")
    assert str(caught.value) == (
        "e: no column for the variable 'zz' (known: here, there); 'heere', did you mean 'here'?"
    )
