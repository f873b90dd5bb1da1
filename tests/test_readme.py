"""What the README shows is true: its commands and its code do what it says of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import netspec
from netspec import resources
from netspec.cli import commands, main

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks(language):
    """Give the blocks of code of one language, in order."""
    return re.findall(
        rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder with the README's spec as `jets.yaml`, in which its commands run."""
    (tmp_path / "jets.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_commands_come_first_and_make_all_that_they_use():
    demo, tests = (block.strip() for block in blocks("sh")[:2])
    for command in (demo, tests):
        assert command.startswith("python3 -m venv .venv && .venv/bin/python -m pip install -e ")
        assert "\n" not in command
    assert demo.endswith("&& .venv/bin/netspec demo")
    assert "&& .venv/bin/python -m pytest" in tests


def test_the_code_gives_what_its_remarks_say(folder, capsys):
    names = {}
    exec(blocks("python")[0], names)
    x = names["x"]
    assert names["spec"].seed == 1234
    np.testing.assert_array_equal(names["again"](x), names["y"])
    assert netspec.read("jets.xml").extras.golden.inputs.shape == (4, 10, 30)

    assert main(["verify", "jets.xml"]) == 0
    assert "the same bits" in capsys.readouterr().out

    assert names["y"].shape == (len(x), 1)

    name = re.search(r'load\("(.*weights\.xml)"\)', blocks("python")[1]).group(1)
    assert main(["convert", "jets.xml", name, "--format", "tmva"]) == 0
    names["events"] = x.reshape(len(x), 300)
    exec(blocks("python")[1], names)
    np.testing.assert_array_equal(names["y"], names["again"](x))


def test_its_conversions_give_files_of_the_kinds_that_it_says(folder):
    netspec.build(netspec.NetworkSpec.from_file("jets.yaml")).save("jets.xml")
    (block,) = (block for block in blocks("sh") if "netspec convert" in block)
    lines = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert main(["convert", "jets.xml", lines[0][1], "--format", "tmva"]) == 0
    for line in lines:
        assert main(line) == 0
    roots = {line[2]: ElementTree.parse(line[2]).getroot().tag for line in lines}
    assert [tag.rpartition("}")[2] for tag in roots.values()] == ["model", "MethodSetup"]


def test_the_errors_that_it_shows_are_the_ones_that_come(folder, capsys):
    spec = folder / "jets.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("lstm", "ltsm").replace("units: 64", "units: -64"))
    assert main(["validate", "jets.yaml"]) == 1
    heard = "".join(capsys.readouterr())
    for line in blocks("text")[0].splitlines():
        assert line in heard


def test_the_table_names_every_command_and_no_other():
    table = README.read_text(encoding="utf-8").partition("## The command line")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [word for row in rows for word in re.findall(r"`(?:netspec )?([a-z]+)[^`]*`", row)]
    assert sorted(told) == sorted(commands())


def test_the_command_for_the_json_schema_gives_the_copy_that_is_kept(capsys):
    (command,) = (block for block in blocks("sh") if "jsonschema" in block)
    code, file = re.search(r'-c "(.*)" > schemas/(\S+)', command).groups()
    exec(code, {})
    kept = resources.schema(file).read_text(encoding="utf-8")
    assert capsys.readouterr().out == kept


def test_its_training_commands_train_evaluate_and_check(folder, capsys):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    names = {}
    exec(blocks("python")[0].partition("spec =")[0], names)
    for file in ("jets.npz", "fresh.npz"):
        np.savez(file, x=names["x"], y=names["signal"])
    (block,) = (block for block in blocks("sh") if "netspec train" in block)
    for line in block.splitlines():
        assert main(shlex.split(line, comments=True)[1:]) == 0, line
    said = capsys.readouterr().out
    assert "best" in said
    assert len(netspec.read("jets.xml").extras.history["loss"]) == 20
    for picture in ("curve.png", "roc.png"):
        assert Path(picture).read_bytes().startswith(b"\x89PNG")
