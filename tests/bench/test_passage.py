"""Events that pass from a file into another, with the clock running."""

from __future__ import annotations

import numpy
import pytest

pytest.importorskip("uproot", reason="uproot is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from netspec import data
from netspec.bench import passage
from netspec.errors import DataError, UnavailableError


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(passage, "SECONDS", 0.05)
    monkeypatch.setattr(passage, "RUNS", 1)


def test_root_and_parquet_hold_the_same_events_however_many(tmp_path, monkeypatch):
    monkeypatch.setattr(passage, "BLOCK", 7)
    found = []
    for kind in passage.KINDS:
        path = tmp_path / f"events.{kind}"
        passage.write(path, 17)
        with data.open(path) as table:
            numbers = [table.locate(f"vars_time{k}[{n}]") for k in range(10) for n in range(30)]
            found.append(numpy.concatenate([chunk.x for chunk in table.chunks(5, numbers)]))
    assert found[0].shape == (17, 300)
    assert found[0].dtype == "float32"
    assert numpy.array_equal(*found)
    assert numpy.array_equal(found[0][:7], found[0][7:14])


def test_another_kind_and_a_predict_that_fails_are_told(tmp_path):
    with pytest.raises(DataError, match="events are timed from no 'csv'"):
        passage.passage(10, "csv")
    model = passage.example("time_series") / "time_series.weights.xml"
    with pytest.raises(UnavailableError, match=r"netspec predict failed: .*nothing\.root"):
        passage._predict(model, tmp_path / "nothing.root", 1)
