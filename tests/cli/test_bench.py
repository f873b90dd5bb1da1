"""`netspec bench`, with whatever rivals are here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from netspec.bench import packages


def test_a_tiny_shape_is_timed_and_told_in_json(cli):
    said = cli("bench", "--quick", "--shape", "2,3,4,5", "--against", "onnxruntime", "--json")
    assert said.status == 0
    (row,) = said.json["groups"]["shapes"]["rows"]
    assert row["name"] == "lstm 2,3,4,5"
    assert row["contestants"]["netspec"]["best"]["seconds"] > 0
    assert row["contestants"]["netspec"]["best"]["distance"] < 1e-5
    assert "onnxruntime" in row["contestants"]
    assert said.json["machine"]["backend"]


def test_a_group_and_a_shape_together_say_the_cell(cli):
    said = cli(
        "bench", "--quick", "--only", "gru", "--shape", "2,3,4,5", "--against", "numpy", "--json"
    )
    assert [row["name"] for row in said.json["groups"]["shapes"]["rows"]] == ["gru 2,3,4,5"]


def test_steps_of_training_are_timed_with_the_memory_that_they_add(cli):
    said = cli("bench", "--train", "--quick", "--shape", "2,3,4,5", "--against", "torch", "--json")
    assert said.status == 0
    (row,) = said.json["groups"]["shapes"]["rows"]
    assert row["contestants"]["netspec"]["best"]["seconds"] > 0
    assert row["contestants"]["netspec"]["best"]["distance"] < 1e-5
    assert said.json["memory"]["lstm 2,3,4,5"]["netspec"] > 0
    assert "torch" in row["contestants"]


def test_people_read_of_steps(cli):
    arguments = ["--train", "--quick", "--only", "gru", "--shape", "2,3,4,5", "--against", "torch"]
    said = cli("bench", *arguments)
    assert said.status == 0
    assert "gru 2,3,4,5" in said.out
    assert "ms a step, one thread" in " ".join(said.out.split())
    assert "MB that steps of training add" in " ".join(said.out.split())


def test_people_read_a_table_and_may_see_what_is_timed(cli):
    said = cli("bench", "--quick", "--shape", "2,3,4,5", "--against", "numpy", "--progress")
    assert said.status == 0
    assert "lstm 2,3,4,5" in said.out
    assert "netspec" in said.out
    assert "shapes 1 of 1: lstm 2,3,4,5" in said.err


def test_a_rival_that_is_not_installed_is_said_in_its_cell(cli, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(packages, "import_module", missing)
    said = cli("bench", "--quick", "--shape", "2,3,4,5", "--against", "torch", "--json")
    assert said.status == 0
    (row,) = said.json["groups"]["shapes"]["rows"]
    assert row["contestants"]["torch"] == {"problem": "torch is not installed"}
    assert said.json["machine"]["rivals"] == {"torch": None}


def test_bars_are_drawn_where_they_are_asked_for(cli, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    arguments = ["bench", "--quick", "--shape", "2,3,4,5", "--against", "numpy"]
    assert cli(*arguments, "--plot", "bars.svg").status == 0
    assert (tmp_path / "bars.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--shape", "10,100"], "four whole numbers above 0"),
        (["--shape", "ltsm 1,2,3,4"], "did you mean 'lstm'?"),
        (["--only", "lstn"], "there is no group 'lstn', did you mean 'lstm'?"),
        (["--train", "--only", "files"], "there is no group 'files'"),
        (["--train", "--against", "onnxruntime"], "nobody of the name 'onnxruntime' learns"),
        (["--against", "tensorflow"], "there is no rival 'tensorflow'"),
        (["--plot", "bars.doc"], "no picture is of the kind 'doc'"),
    ],
)
def test_what_is_not_known_is_refused_in_one_sentence(cli, arguments, said):
    heard = cli("bench", *arguments)
    assert heard.status == 1
    assert heard.err.count("\n") == 1
    assert said in heard.err


def test_the_module_is_the_command():
    run = subprocess.run(
        [sys.executable, "-m", "netspec.bench", "--shape", "10,100"], capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr.startswith("shape '10,100': wanted steps, batch, features, units")


def test_a_device_that_is_not_here_is_said_in_one_sentence(cli):
    said = cli("bench", "--device", "cuda:99", "--quick")
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "cuda" in said.err


@pytest.mark.parametrize("option", ["--threads 1", "--against torch", "--plot a.svg", "--events 3"])
def test_what_is_for_a_processor_is_refused_beside_a_gpu(cli, option):
    said = cli("bench", "--device", "cuda", *option.split())
    assert said.status == 2
    assert f"{option.split()[0]} is for a processor" in said.err
