"""Which column is which variable."""

from __future__ import annotations

import pytest

from netspec.data.columns import order
from netspec.errors import DataError


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
