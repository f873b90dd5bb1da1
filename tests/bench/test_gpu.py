"""The bench on a GPU: who takes part, what is counted, what is printed; here on a processor."""

from __future__ import annotations

import json
from itertools import count

import numpy as np
import pytest

from netspec.bench import Wanted, lesson, models
from netspec.bench.contest import Limits, contest
from netspec.bench.gpu import contestants, roofline, story, table
from netspec.bench.gpu.clock import EventClock
from netspec.bench.result import Cell, Row, Time
from netspec.bench.shapes import parse
from netspec.errors import SpecError

CEILING = roofline.Ceiling(1e9, {"float32": 1.0, "float64": 0.5})
LINES = ("lstm 5,3,4,6", "gru 5,3,4,6 last", "rnn 5,3,4,6", "lstm 5,3,4,6 both")


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("line", LINES)
def test_everybody_gives_the_numbers_of_float64(line, train):
    pytest.importorskip("torch")
    shape = parse(line)
    model = models.one_layer(shape)
    x = models.inputs(model, shape.batch)
    exact = lesson.in_float64(model, x) if train else None
    cells = contest(model, x, contestants.all_of("cpu", train), Limits(0.0, 1, 1), exact=exact)
    assert list(cells) == ["netspec", "netspec tf32", "torch", "torch tf32"]
    for cell in cells.values():
        assert cell.problem == ""
        assert cell.best.distance < 1e-5


def test_a_large_batch_is_held_against_float64_by_its_first_events():
    pytest.importorskip("torch")
    shape = parse(f"lstm 2,{contestants.CHECKED + 5},2,2")
    model = models.one_layer(shape)
    x = models.inputs(model, shape.batch)
    exact = lesson.in_float64(model, x[: contestants.CHECKED])
    cells = contest(model, x, contestants.all_of("cpu", True), Limits(0.0, 1, 1), exact=exact)
    assert all(cell.best.distance < 1e-5 for cell in cells.values())


def test_tf32_is_on_for_its_own_turns_alone():
    torch = pytest.importorskip("torch")
    model = models.one_layer(parse("lstm 2,2,2,2"))
    everybody = contestants.all_of("cpu", False)
    before = torch.backends.cudnn.allow_tf32
    for name, wanted in (("torch", False), ("torch tf32", True)):
        for engine in everybody[name].engines(model, 2, None).values():
            with engine.around():
                assert torch.backends.cudnn.allow_tf32 is wanted
                assert torch.backends.cuda.matmul.allow_tf32 is wanted
    assert torch.backends.cudnn.allow_tf32 is before


class Cuda:
    """Events of a device on which a millisecond passes whenever one is recorded."""

    ticks = count()

    class Event:
        def record(self):
            self.at = next(Cuda.ticks)

        def synchronize(self):
            assert self.at >= 0

    @staticmethod
    def get_elapsed_time(start, end):
        return end.at - start.at


def test_the_clock_gives_seconds_of_the_device():
    clock = EventClock(Cuda)
    assert [clock(), clock()] == [1e-3, 2e-3]


def test_the_roofline_takes_the_slower_of_bytes_and_products():
    shape = parse("lstm 10,100,30,10")
    assert roofline.least_seconds(shape, CEILING, False) == shape.gflop
    wide = roofline.Ceiling(1e3, {"float32": 1e9})
    assert roofline.least_seconds(shape, wide, False) == pytest.approx(166.56)


def test_there_is_no_roofline_where_no_library_multiplies(monkeypatch):
    monkeypatch.setattr(roofline, "COPIED", 1024)
    monkeypatch.setattr(roofline, "SIDE", {"float32": 2, "float64": 2})
    ticks = count()
    whole = roofline.measure(np, lambda: next(ticks))
    assert whole == roofline.Ceiling(2048.0, {"float32": 1.6e-8, "float64": 1.6e-8})

    def missing(*arrays):
        raise ImportError("libcublas.so.13")

    monkeypatch.setattr(np, "matmul", missing)
    ceiling = roofline.measure(np, lambda: next(ticks))
    assert ceiling == roofline.Ceiling(2048.0, {})
    assert roofline.least_seconds(parse("lstm 10,100,30,10"), ceiling, False) is None


def test_a_step_of_training_moves_more_than_a_call():
    shape = parse("lstm 10,100,30,10")
    rows, weights = 1000, 4 * 10 * 41
    numbers = 2 * rows * 30 + 3 * rows * 10 + 2 * rows * 50 + 7 * weights
    assert roofline.bytes_moved(shape, train=True) == 4 * numbers


@pytest.fixture
def report():
    lines = {"lstm 10,1,30,10": (1.0, 0.8, 3.0, 2.0), "lstm 10,1,30,256": (2.0, 0.5, 2.0, 1.0)}
    rows = [
        Row(
            line,
            {
                name: Cell(Time(seconds, seconds, None, 1, "", distance))
                for name, seconds, distance in zip(
                    ("netspec", "netspec tf32", "torch", "torch tf32"),
                    times,
                    (1e-7, 1e-3, 1e-6, 1e-3),
                    strict=True,
                )
            },
            1,
            gflop=parse(line).gflop,
        )
        for line, times in lines.items()
    ]
    device = dict.fromkeys(("multiprocessors", "netspec", "cupy", "cuda", "driver", "torch"), 1)
    return story.Report(
        {"name": "a GPU", **device},
        CEILING,
        False,
        {"lstm": rows},
        {line: parse(line) for line in lines},
    )


def test_ratios_are_to_full_float32_and_tf32_counts_as_it_is(report):
    few, many = report.groups["lstm"]
    assert (report.ratio(few), report.ratio(few, "torch tf32")) == (3.0, 2.0)
    assert report.ratio(few, "torch tf32", "netspec tf32") == 2.5
    assert report.ratio(many) == 1.0
    assert report.verdict([few, many]) == {
        "worst": 1.0,
        "mean": pytest.approx(3**0.5),
        "mean_of_few_units": pytest.approx(3.0),
    }
    assert report.share(few) == pytest.approx(3.2e-5)


def test_numbers_that_are_wrong_do_not_count(report):
    (few, _) = report.groups["lstm"]
    few.cells["netspec"] = Cell(Time(1.0, 1.0, None, 1, "", 0.1))
    assert report.ratio(few) is None
    assert report.share(few) is None
    assert table.cells(report, few)[1] == "(1000 1e-01)"


def test_the_table_has_a_line_for_each_shape(report, capsys):
    table.show(report)
    printed = capsys.readouterr().out
    assert "a GPU, 1 multiprocessors" in printed
    assert all(row.name in printed for row in report.groups["lstm"])
    assert "1.73 times as fast as PyTorch in float32" in printed
    json.dumps(report.to_data())


def test_the_shapes_are_the_table_and_those_that_fill_a_device():
    found = story.groups(Wanted(only=("gru",)))
    assert list(found) == ["gru"]
    assert [str(shape) for shape in found["gru"]][-2:] == [
        "gru 50,4096,64,128",
        "gru 200,256,256,512",
    ]
    assert list(story.groups(Wanted())) == ["lstm", "gru", "rnn"]
    own = story.groups(Wanted(shapes=("5,3,4,6 gru",)))
    assert [str(shape) for shapes in own.values() for shape in shapes] == ["gru 5,3,4,6"]
    with pytest.raises(SpecError, match="there is no group 'lstn', did you mean 'lstm'"):
        story.groups(Wanted(only=("lstn",)))


@pytest.mark.gpu
def test_a_run_on_a_gpu_gives_ratios():
    report = story.bench(Wanted(only=("lstm",), quick=True, seconds=0.0))
    assert all(row.cells["netspec"].problem == "" for row in report.groups["lstm"])
