"""What is wanted, and what a report says of it."""

from __future__ import annotations

import pytest

from netspec.bench import Report, Wanted
from netspec.bench.ceiling import Ceiling
from netspec.bench.files import Filed
from netspec.bench.result import Cell, Row, Time
from netspec.bench.shapes import GROUPS
from netspec.bench.story import ALL, groups
from netspec.bench.table import show
from netspec.errors import SpecError


def test_without_a_wish_all_is_timed():
    assert groups(Wanted()) == {**GROUPS, "network": (), "files": ()}


def test_quick_leaves_the_large_shapes_out():
    plan = groups(Wanted(quick=True))
    assert set(plan) == set(ALL)
    assert all(shape.gflop < 0.1 for shapes in plan.values() for shape in shapes)
    assert all(plan[cell] for cell in GROUPS)


def test_a_shape_of_ones_own_takes_the_place_of_the_table():
    assert list(map(str, groups(Wanted(shapes=("2,3,4,5",)))["shapes"])) == ["lstm 2,3,4,5"]
    plan = groups(Wanted(only=("gru", "rnn", "files"), shapes=("2,3,4,5", "lstm 2,3,4,5")))
    assert list(map(str, plan["shapes"])) == ["gru 2,3,4,5", "rnn 2,3,4,5", "lstm 2,3,4,5"]
    assert list(plan) == ["shapes", "files"]


def test_a_group_that_nobody_knows_is_refused_with_the_nearest_name():
    with pytest.raises(SpecError, match="there is no group 'ltsm', did you mean 'lstm'"):
        groups(Wanted(only=("ltsm",)))


@pytest.fixture
def report():
    def time(seconds, threads=1, batch=64, distance=2e-7):
        return Time(seconds, seconds / 2, threads, batch, "", distance)

    machine = {
        "netspec": "1",
        "backend": "numpy",
        "instructions": "avx2",
        "processor": "a processor",
        "cores": 2,
        "threads": 2,
        "python": "3",
        "system": "a system",
        "rivals": {"torch": "2", "openvino": "3"},
        "left_out_of_the_environment": ["OPENBLAS_CORETYPE"],
    }
    rows = [
        Row(
            "lstm 50,64,256,512",
            {
                "netspec": Cell(time(0.1, 2), time(0.2)),
                "torch": Cell(time(0.2, 2), time(0.3)),
                "openvino": Cell(problem="[red]openvino failed[/red]"),
            },
            64,
            gflop=10.0,
            neighbours=0.5,
        )
    ]
    many = {
        "netspec": Cell(time(0.5, 1, 1000), time(0.5, 1, 1000)),
        "torch": Cell(time(0.25, 1, 100, 1.0), time(0.25, 1, 100, 1.0)),
        "openvino": Cell(time(1.0, 1, 100), time(1.0, 1, 100)),
    }
    return Report(
        machine,
        ["netspec", "torch", "openvino"],
        {"lstm": rows, "network": [Row("1,000 events", many, 1000)]},
        {1: Ceiling(100.0, 1, "Zen"), 2: Ceiling(200.0, 2, "Zen")},
        [Filed(1, "decimal", 3_000_000, 0.5, 0.25, True), Filed(25, "decimal", problem="left out")],
    )


def test_the_table_marks_the_fastest_and_says_what_it_comes_to(report, capsys):
    show(report)
    said = " ".join(capsys.readouterr().out.split())
    assert "lstm: ms a call, each at its best number of threads" in said
    assert "100 ×2 2e-07 *" in said
    assert "[red]openvino" in said
    assert "netspec is 2.00 times as fast as the best rival in the geometric mean of 1" in said
    assert "Other programs took up to 0.5 processors meanwhile" in said
    assert "100 50% ×2" in said
    assert "50 50% ×1" in said
    assert "(4,000/s ×1 1e+00 by 100)" in said
    assert "2,000/s ×1 2e-07 *" in said
    assert "0.500 s, 6 MB/s" in said
    assert "backend numpy on avx2" in said
    assert "openvino 3" in said
    assert "OPENBLAS_CORETYPE" in said


def test_who_is_not_installed_is_named_once_and_has_no_column(report, capsys):
    report.machine["rivals"]["openvino"] = None
    report.memory["10,1,30,10"] = {"netspec": 1.5, "torch": 2.5, "openvino": "not installed"}
    show(report)
    said = capsys.readouterr().out
    assert "openvino is not installed" in said
    assert said.count("openvino") == 1
    assert said.count("torch") > 3


def test_with_one_thread_at_most_there_is_one_table_a_group(report, capsys):
    report.machine["threads"] = 1
    show(report)
    assert "best number of threads" not in capsys.readouterr().out


def test_the_data_hold_every_time_and_every_sum(report):
    data = report.to_data()
    group = data["groups"]["lstm"]
    assert (group["best"]["rows"], group["best"]["worst"]) == (1, 2.0)
    assert group["rows"][0]["neighbours"] == 0.5
    assert group["rows"][0]["ratio"] == {"best": 2.0, "one": pytest.approx(1.5)}
    assert group["rows"][0]["contestants"]["netspec"]["best"]["threads"] == 2
    assert data["files"][1]["problem"] == "left out"
    assert data["ceilings"][0]["kernel"] == "Zen"
