"""What follows from the times of a row: who is fastest, and how far ahead netspec is."""

from __future__ import annotations

import pytest

from netspec.bench.result import Cell, Row, Time, summary


def cell(best, one=None, distance=1e-7, least=0.5):
    return Cell(
        Time(best, best * least, 2, 1, "", distance),
        Time(one or best, (one or best) * least, 1, 1, "", distance),
    )


def test_the_ratio_is_the_best_rivals_time_over_netspecs():
    row = Row(
        "", {"netspec": cell(1.0, 2.0), "torch": cell(3.0, 8.0), "openvino": cell(5.0, 5.0)}, 1
    )
    assert row.ratio("best") == 3.0
    assert row.ratio("one") == 2.5
    assert (row.best_rival("best"), row.best_rival("one")) == ("torch", "openvino")
    assert row.fastest("best") == "netspec"


def test_the_reference_on_numpy_may_be_the_fastest_but_is_no_rival():
    row = Row("", {"netspec": cell(2.0), "numpy": cell(1.0), "torch": cell(4.0)}, 1)
    assert row.fastest("best") == "numpy"
    assert row.ratio("best") == 2.0


@pytest.mark.parametrize("distance", [1e-2, float("inf")])
def test_whoever_computes_other_numbers_does_not_count(distance):
    row = Row(
        "", {"netspec": cell(2.0), "torch": cell(1.0, distance=distance), "openvino": cell(4.0)}, 1
    )
    assert row.fastest("best") == "netspec"
    assert row.ratio("best") == 2.0


def test_float32_is_not_enough_for_a_float64_network():
    cells = {"netspec": cell(2.0, distance=1e-16), "openvino": cell(1.0, distance=1e-7)}
    assert Row("", cells, 1, "float64").ratio("best") is None


def test_a_rival_that_failed_leaves_the_others_their_ratio():
    cells = {"netspec": cell(2.0), "torch": Cell(problem="torch is not installed")}
    assert Row("", cells, 1).ratio("best") is None
    assert Row("", cells | {"openvino": cell(1.0)}, 1).ratio("best") == 0.5


def test_a_group_is_summed_up_by_geometric_mean_and_worst_case():
    rows = [Row("", {"netspec": cell(1.0), "torch": cell(ratio)}, 1) for ratio in (0.5, 8.0)]
    rows.append(Row("", {"netspec": Cell(problem="no")}, 1))
    assert summary(rows, "best") == (2, pytest.approx(2.0), 0.5, pytest.approx(2.0), 0.5)
    assert summary([], "best") == (0, None, None, None, None)


def test_the_shortest_turns_have_a_ratio_of_their_own():
    row = Row("", {"netspec": cell(2.0, least=0.5), "torch": cell(3.0, least=1.0)}, 1)
    assert row.ratio("best") == 1.5
    assert row.least_ratio("best") == 3.0
    assert Row("", {"netspec": cell(2.0)}, 1).least_ratio("best") is None
