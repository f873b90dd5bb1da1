"""The history of a training: a table, a picture, and what a model file keeps."""

import math
import re

import pytest

from netspec.errors import UnavailableError
from netspec.history import Epoch, History

ROWS = (
    Epoch(1, 1, 0.7, 0.69, 1e-3),
    Epoch(1, 2, 0.5, 0.55, 1e-3),
    Epoch(2, 1, 0.45, math.nan, 1e-4),
    Epoch(2, 2, 0.4, 0.6, 1e-4),
)


def test_the_table_has_a_line_for_every_epoch_and_marks_the_best():
    lines = str(History(ROWS, 1, "all epochs done")).splitlines()
    assert lines[0].split() == ["phase", "epoch", "loss", "validation_loss", "learning_rate"]
    assert lines[2].split() == ["1", "2", "0.5", "0.55", "0.001", "best"]
    assert lines[3].split() == ["2", "1", "0.45", "0.0001"]
    assert lines[-1] == "all epochs done"
    assert len({len(line.removesuffix("  best")) for line in lines[:-1]}) == 1


def test_a_history_at_a_prompt_says_how_long_it_is_and_what_was_best():
    assert repr(History(ROWS, 1)) == "<History: 4 epochs, best 0.55>"
    assert repr(History()) == "<History: 0 epochs>"


def test_columns_without_numbers_are_left_out_of_the_table():
    rows = [Epoch(1, n, 1 / n, math.nan, 0.1) for n in (1, 2)]
    assert str(History(tuple(rows))).splitlines()[0].split() == ["epoch", "loss", "learning_rate"]


def test_an_empty_history_is_a_table_without_lines():
    assert str(History()).split() == ["epoch", "loss"]
    assert History.of_columns({}).rows == ()


def test_what_a_file_keeps_is_read_back():
    for best in (None, 1, 3):
        history = History.of_columns(History(ROWS, best).columns())
        assert str(history.rows) == str(ROWS)
        assert all(type(number) is int for row in history for number in row[:2])
        assert history.best == best


def test_the_history_of_somebody_else_is_read_as_far_as_it_goes():
    history = History.of_columns({"loss": (2.0, 1.0), "accuracy": (0.5, 0.6)})
    assert [row.loss for row in history] == [2.0, 1.0]
    assert [row[:2] for row in history] == [(1, 1), (1, 2)]
    assert history.best == 1, "the last epoch, where nobody validated"
    odd = {"loss": (3.0, 2.0, 1.0), "validation_loss": (5.0, 4.0, 6.0), "phase": (1.0, math.nan)}
    history = History.of_columns(odd | {"epoch": (7.0, 8.0, 9.0)})
    assert [row[:2] for row in history] == [(1, 7), (1, 8), (1, 9)]
    assert history.best == 1, "the lowest validation loss"


def test_plain_data_for_json_has_every_number():
    data = History(ROWS, 1, "interrupted").to_data()
    assert data["epochs"][3] == {
        "phase": 2, "epoch": 2, "loss": 0.4, "validation_loss": 0.6, "learning_rate": 1e-4,
    }  # fmt: skip
    assert (data["best"], data["ended"]) == (1, "interrupted")


def test_a_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    path = tmp_path / "curve.svg"
    History(ROWS, 1).plot(path)
    text = path.read_text()
    assert re.search("<svg", text)
    assert text.count("<path") > 10


def test_without_matplotlib_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(UnavailableError, match=r"netspec\[plots\]"):
        History(ROWS).plot(tmp_path / "curve.png")
