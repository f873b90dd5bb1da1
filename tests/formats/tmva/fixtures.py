"""The files of the folder `fixtures`, and what they give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy

FOLDER = Path(__file__).parent / "fixtures"
OUTPUTS = json.loads((FOLDER / "outputs.json").read_text(encoding="utf-8"))
NAMES = sorted(OUTPUTS)


def path(name):
    return FOLDER / f"{name}.weights.xml"


def text(name):
    return path(name).read_text(encoding="utf-8")


def inputs(name):
    return numpy.array(OUTPUTS[name]["inputs"])


def outputs(name):
    return numpy.array(OUTPUTS[name]["outputs"])
