"""The example of a time series: it runs, and its own TMVA file separates what it should."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from lxml import etree

import netspec
from netspec import resources

ROOT = Path(__file__).resolve().parents[1]
FOLDER = resources.example("time_series")


@pytest.fixture(scope="module")
def data():
    found = importlib.util.spec_from_file_location("time_series_data", FOLDER / "data.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_network_of_the_example_separates_fresh_data(data):
    x, y = data.make(600, seed=99)
    network = netspec.load(FOLDER / "time_series.weights.xml")
    assert data.area(network(x.reshape(len(x), -1))[:, 0], y) == pytest.approx(0.915, abs=0.03)


def test_one_step_alone_tells_little(data):
    x, y = data.make(300, seed=98)
    mean = (x[:, 4] * numpy.arange(30)).sum(axis=1) / x[:, 4].sum(axis=1)
    assert abs(data.area(mean, y) - 0.5) < 0.2


def test_every_histogram_is_of_a_thousand_draws(data):
    draw = numpy.random.Generator(numpy.random.PCG64(5))
    assert abs(data.events(20, numpy.sin, draw).sum(axis=2).mean() - 1000) < 30


def test_the_file_has_tmvas_form_and_names_nobody():
    text = (FOLDER / "time_series.weights.xml").read_bytes()
    schema = etree.XMLSchema(etree.parse(str(resources.schema("tmva.xsd"))))
    schema.assertValid(etree.fromstring(text))
    assert b'<Info name="Host" value="not recorded"/>' in text


def test_the_story_runs(tmp_path):
    command = [sys.executable, FOLDER / "run.py", "--events", "100", "--folder", tmp_path]
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, env=with_package()
    )
    assert ran.returncode == 0, ran.stderr
    assert "area under the ROC curve: 0.9" in ran.stdout
    assert "the same bits: True" in ran.stdout
    assert netspec.load(tmp_path / "time_series.xml").extras.golden is not None
    if importlib.util.find_spec("matplotlib"):
        assert (tmp_path / "time_series.png").read_bytes().startswith(b"\x89PNG")


def with_package():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
