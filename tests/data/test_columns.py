"""Which column is which variable."""

from __future__ import annotations

import pytest

from netspec.data.columns import fitting, names, order
from netspec.errors import DataError
from netspec.signature import Variable


def test_columns_are_found_in_any_order_and_strangers_left_out():
    wanted = [["c"], ["a", "alias"], ["b"]]
    assert order(wanted, ["b", "weight", "alias", "c"], "e.csv") == [3, 2, 0]


def test_a_variable_s_own_name_goes_before_its_other_names():
    assert order([["a", "alias"]], ["alias", "a"], "e.csv") == [1]


def test_every_missing_column_is_named_with_the_nearest():
    with pytest.raises(DataError, match=r"e.csv: .*'pt', did you mean 'pT'\?; 'm' \(known: "):
        order([["pt"], ["eta"], ["m"]], ["pT", "eta", "phi"], "e.csv")


def test_many_missing_columns_are_counted():
    with pytest.raises(DataError, match="and 95 more"):
        order([[f"v{number}"] for number in range(100)], ["x"], "e.csv")


def test_of_many_known_names_only_some_are_shown():
    with pytest.raises(DataError) as caught:
        order([["pt"]] * 50, [f"column_{number}" for number in range(1000)], "e.csv")
    assert "and 960 more)" in str(caught.value)
    assert "and 45 more" in str(caught.value)
    assert len(str(caught.value)) < 5000


FITS = [
    ((3,), (3,), (3,)),
    ((3,), (1, 3), (3,)),
    ((3,), (3, 1), (3,)),
    ((4, 3), (4, 3), (4, 3)),
    ((4, 3), (12,), (4, 3)),
    ((None, 3), (12,), (4, 3)),
    ((None, 3), (5, 3), (5, 3)),
]
MISFITS = [
    ((3,), (4,)), ((4, 3), (3, 4)), ((4, 3), (13,)), ((None, 3), (13,)), ((None, 3), (4, 2)),
    ((3,), ()), ((None, 3), (0,)),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "found", "shape"), FITS)
def test_a_row_of_the_right_count_is_put_into_the_shape(wanted, found, shape):
    assert fitting(wanted, found, "e.csv") == shape


@pytest.mark.parametrize(("wanted", "found"), MISFITS)
def test_a_shape_is_not_taken_for_another(wanted, found):
    with pytest.raises(DataError, match=r"e\.csv: wanted events of .* numbers, found"):
        fitting(wanted, found, "e.csv")


def test_each_number_of_a_variable_goes_by_all_its_names():
    pt = Variable(name="pt", expression="jet_pt", title="momentum")
    hits = Variable(name="hits", type="F[]", size=2)
    wanted = [["pt", "jet_pt", "momentum"], ["hits[0]"], ["hits[1]"]]
    assert list(names([pt, hits])) == wanted
