"""Names that a file holds and a terminal would obey: they are printed spelt."""

from __future__ import annotations

import json

import pytest

from netspec import load
from tests.formats.tmva import fixtures

STRANGE = "\x9b31m\x7f\u202e"


@pytest.fixture
def file(tmp_path):
    text = (fixtures.FOLDER / "batch_norm.weights.xml").read_text(encoding="utf-8")
    for there in ('Label="x', 'Title="x', 'Name="Signal', 'value="nobody'):
        assert there in text
        text = text.replace(there, there + STRANGE)
    path = tmp_path / "strange.weights.xml"
    path.write_text(text, encoding="utf-8")
    assert load(path).spec.input.variables[0].name == f"x{STRANGE}"
    return path


@pytest.mark.parametrize("command", ["show", "validate", "verify", "diff"])
def test_nothing_but_letters_reaches_the_terminal(cli, file, command):
    other = [fixtures.FOLDER / "batch_norm.weights.xml"] if command == "diff" else []
    said = cli(command, file, *other)
    assert "\\x9b31m\\x7f\\u202e" in said.out or command in ("validate", "verify")
    assert all(line.isprintable() for line in (said.out + said.err).split("\n"))


def test_in_json_they_are_whole_all_the_same(cli, file):
    said = cli("show", file, "--json")
    assert all(line.isprintable() for line in said.out.split("\n"))
    assert json.loads(said.out)["variables"][0]["name"] == f"x{STRANGE}"
