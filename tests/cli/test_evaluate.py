"""evaluate: a model and events with answers in, how good it is out."""

from __future__ import annotations

import numpy
import pytest

import netspec
from netspec.evaluation import evaluate
from tests.cli.conftest import EVENTS

ANSWERS = numpy.array([1, 0, 0, 1, 1, 0, 1])
WEIGHTS = numpy.array([1, 2, 3, 1, 1, 0.5, 1])


@pytest.fixture
def wanted(files):
    numpy.savez(files / "d.npz", x=EVENTS, y=ANSWERS)
    return evaluate(netspec.load(files / "small.xml"), (EVENTS, ANSWERS))


def test_it_is_said_in_words(cli, files, wanted):
    said = cli("evaluate", "small.xml", "--data", "d.npz")
    assert (said.status, said.err) == (0, "")
    assert said.out == f"{wanted}\n"
    assert said.out.startswith("small: 7 events, float32\n\nloss ")


def test_it_is_said_to_programs(cli, files, wanted):
    said = cli("evaluate", "small.xml", "-d", "d.npz", "--json")
    assert said.status == 0
    assert said.json == {"model": "small.xml", "data": "d.npz"} | wanted.to_data()


def test_arrays_go_by_other_names(cli, files, wanted):
    steps = numpy.array([4, 3, 2, 1, 4, 4, 4])
    numpy.savez(files / "o.npz", x=EVENTS, truth=ANSWERS, w=WEIGHTS, n=steps)
    options = ["--target", "truth", "--weights", "w", "--lengths", "n", "--json"]
    found = cli("evaluate", "small.xml", "-d", "o.npz", *options).json
    network = netspec.load(files / "small.xml")
    other = evaluate(network, (EVENTS, ANSWERS), weights=WEIGHTS, lengths=steps)
    assert found["metrics"] == other.to_data()["metrics"]


def test_a_table_and_a_folder_are_read_too(cli, files, wanted):
    names = numpy.array(["Background", "Signal"])[ANSWERS]
    lines = [",".join([*map(repr, row.tolist()), name]) for row, name in
             zip(EVENTS.reshape(7, 12), names, strict=True)]  # fmt: skip
    (files / "d.csv").write_text("\n".join(lines))
    (files / "d").mkdir()
    numpy.save(files / "d/x.npy", EVENTS)
    numpy.save(files / "d/y.npy", ANSWERS)
    for data in (["d.csv", "--target", "-1"], ["d"]):
        said = cli("evaluate", "small.xml", "-d", *data)
        assert said.out == f"{wanted}\n"


def test_the_events_of_training_stand_beside(cli, files, wanted):
    numpy.savez(files / "t.npz", x=EVENTS[:5], y=ANSWERS[:5])
    said = cli("evaluate", "small.xml", "-d", "d.npz", "--training", "t.npz", "--json")
    network = netspec.load(files / "small.xml")
    other = evaluate(network, (EVENTS[:5], ANSWERS[:5]))
    assert said.json["metrics"]["roc"]["training"] == other["roc"]["area"]


def test_it_is_drawn(cli, files, wanted):
    pytest.importorskip("matplotlib")
    said = cli("evaluate", "small.xml", "-d", "d.npz", "--plot", "e.png")
    assert said.status == 0
    assert said.out.endswith("\ne.png: drawn\n")
    assert (files / "e.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_no_kind_is_refused_before_anything_is_run(cli, files, wanted):
    pytest.importorskip("matplotlib")
    said = cli("evaluate", "small.xml", "-d", "nothing.npz", "--plot", "e.pnk")
    assert said.status == 1
    assert said.err == "netspec: e.pnk: no picture is of the kind 'pnk', did you mean 'png'?\n"


def test_what_is_read_is_not_drawn_over(cli, files, wanted):
    pytest.importorskip("matplotlib")
    (files / "small.svg").symlink_to("small.xml")
    said = cli("evaluate", "small.svg", "-d", "d.npz", "--plot", "small.svg")
    assert said.status == 1
    assert "would replace what is read" in said.err


def test_progress_is_shown_on_stderr(cli, files, wanted):
    said = cli("evaluate", "small.xml", "-d", "d.npz", "--progress")
    assert "7/7" in said.err
    assert said.out == f"{wanted}\n"


@pytest.mark.parametrize(
    ("arrays", "found"),
    [
        ({"x": EVENTS}, "no array 'y'"),
        ({"x": EVENTS, "y": ANSWERS * 2}, "wanted a number from 0 to 1"),
        ({"x": EVENTS[:, :2], "y": ANSWERS}, "wanted events of 4 x 3 numbers, found 2 x 3"),
        ({"x": EVENTS * numpy.nan, "y": ANSWERS}, "wanted a finite number"),
        ({"x": EVENTS, "y": ANSWERS, "weights": -WEIGHTS}, "sum is above 0"),
        ({"x": EVENTS[:0], "y": ANSWERS[:0]}, "wanted at least one event"),
    ],
)
def test_bad_data_are_one_sentence_and_status_1(arrays, found, cli, files):
    numpy.savez(files / "d.npz", **arrays)
    said = cli("evaluate", "small.xml", "-d", "d.npz")
    assert said.status == 1
    assert found in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_wrong_usage_is_status_2(cli, files):
    assert cli("evaluate", "small.xml").status == 2
    assert cli("evaluate", "--data", "d.npz").status == 2


def test_a_spec_alone_has_nothing_to_evaluate(cli, files, wanted):
    said = cli("evaluate", "small.yaml", "-d", "d.npz")
    assert said.status == 1
    assert "found a spec without weights" in said.err


@pytest.mark.parametrize("plot", ["none/roc.png", "d.png"])
def test_a_picture_that_cannot_be_written_is_said_first(cli, files, wanted, plot, monkeypatch):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    monkeypatch.setattr("netspec.evaluation.evaluate", lambda *_, **__: pytest.fail("evaluated"))
    (files / "d.png").mkdir()
    said = cli("evaluate", "small.xml", "-d", "d.npz", "--plot", plot)
    assert said.status == 1
    assert said.err.startswith(f"netspec: {plot}: ")
    assert len(said.err.splitlines()) == 1
