"""The lines in which shapes are written, and the shapes that are timed by default."""

from __future__ import annotations

import pytest

from netspec.bench.shapes import GROUPS, Shape, parse
from netspec.errors import SpecError

ALL = [shape for shapes in GROUPS.values() for shape in shapes]


@pytest.mark.parametrize("shape", ALL, ids=str)
def test_a_shape_is_read_back_from_its_own_line(shape):
    assert parse(str(shape)) == shape


def test_every_cell_is_timed_on_the_nine_shapes_of_the_table():
    assert {cell: len(GROUPS[cell]) for cell in ("lstm", "gru", "rnn")} == dict.fromkeys(
        ("lstm", "gru", "rnn"), 9
    )
    for cell in ("gru", "rnn"):
        assert [shape[:4] for shape in GROUPS[cell]] == [shape[:4] for shape in GROUPS["lstm"]]


def test_others_hold_twenty_shapes_with_every_option_among_them():
    assert len(set(GROUPS["others"])) == 20
    lines = " ".join(map(str, GROUPS["others"])).split()
    assert {"lstm", "gru", "rnn", "both", "last", "float64", "before"} <= set(lines)


def test_words_stand_in_any_order_and_the_cell_may_come_from_outside():
    assert parse("both 2,3,4,5 last", cell="rnn") == Shape(
        2, 3, 4, 5, "rnn", direction="both", sequences=False
    )
    assert parse("2,3,4,5 gru", cell="rnn").cell == "gru"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("10,100", "wanted steps, batch, features, units as four whole numbers above 0"),
        ("10,100,30,0", "four whole numbers above 0"),
        ("10,100,30,x", "four whole numbers above 0"),
        ("", "four whole numbers above 0"),
        ("lstm", "four whole numbers above 0"),
        ("ltsm 1,2,3,4", "there is no word 'ltsm', did you mean 'lstm'?"),
        ("1,2,3,4 5,6,7,8", "there is no word '5,6,7,8'"),
        ("lstm 1,2,3,4 before", "'before' wants a gru, found 'lstm'"),
    ],
)
def test_what_is_no_shape_is_refused_in_one_sentence(line, said):
    with pytest.raises(SpecError) as caught:
        parse(line)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_work_of_a_call_is_counted_by_gates_and_directions():
    assert parse("10,1,30,10").gflop == pytest.approx(2e-9 * 10 * 4 * 10 * 40)
    assert parse("10,1,30,10 gru both").gflop == pytest.approx(2e-9 * 2 * 10 * 3 * 10 * 40)
    assert parse("50,64,256,512").gflop == pytest.approx(10.1, rel=0.01)
