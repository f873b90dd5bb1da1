"""`netspec bench --events`: predict on a file, beside the network alone."""

from __future__ import annotations

import pytest

pytest.importorskip("uproot", reason="uproot is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from netspec.bench import passage


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(passage, "SECONDS", 0.05)
    monkeypatch.setattr(passage, "RUNS", 1)


@pytest.mark.parametrize("kind", passage.KINDS)
def test_predict_is_timed_beside_the_network_alone(kind, cli):
    found = cli("bench", "--events", 3000, "--from", kind, "--threads", 1, "--json").json
    assert (found["kind"], found["events"], found["threads"]) == (kind, 3000, 1)
    assert found["alone"] > 0
    assert found["seconds"] > 0
    assert found["size"] > 3000 * 1200
    assert found["memory"] > 2**20


def test_a_table_says_the_same(cli):
    said = cli("bench", "--events", 1000, "--threads", 1)
    assert "1,000 events of 10 x 30 numbers from root" in said.out
    assert "the network alone" in said.out
