"""The command line, called as a function, in a folder of its own."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy
import pytest

import netspec
from netspec.cli import main


class Said(NamedTuple):
    """How a command ended: its status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    """Run a command: `cli("show", "jets.xml")`."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Said(status, *capsys.readouterr())

    return run


SPEC = """\
netspec: 1
name: small
input: {steps: 4, features: 3}
layers:
  - {type: lstm, units: 5}
  - {type: dense, units: 1}
output: {activation: sigmoid, classes: [Signal, Background]}
"""
EVENTS = numpy.sin(numpy.arange(84.0)).reshape(7, 4, 3)


@pytest.fixture
def files(tmp_path):
    """A folder with a spec, a model of it, and the events it can be run on."""
    (tmp_path / "small.yaml").write_text(SPEC)
    network = netspec.build(netspec.NetworkSpec.from_file(tmp_path / "small.yaml"), seed=1)
    network.save(tmp_path / "small.xml", golden=EVENTS[:2])
    numpy.savez(tmp_path / "events.npz", x=EVENTS)
    return tmp_path
