"""Answers kept bit by bit: the model still gives them, and every path of the engine does."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from netspec.formats.model import CONTRACT

from .asking import Plain, every_path, only_where_compiled
from .golden import FILE, by_backend, by_model, kept, stored
from .make_golden import questions

CASES = stored()
SAMPLE = list(CASES)[::5]


def test_the_file_holds_the_contract_and_the_questions_of_its_script():
    whole = json.loads(FILE.read_text(encoding="ascii"))
    assert whole["contract"] == CONTRACT
    asked = dict(questions())
    assert {name: case["question"] for name, case in CASES.items()} == {
        name: question | {"dtype": name.rsplit(" ", 1)[1]} for name, question in asked.items()
    }


@pytest.mark.parametrize("name", SAMPLE)
def test_the_model_still_gives_a_sample_of_the_answers(name):
    assert by_model(CASES[name]["question"]) == CASES[name]["answer"]


@only_where_compiled
@every_path
@pytest.mark.parametrize("name", CASES)
def test_the_engine_gives_every_answer_on_every_path(name, path):
    question, answer = CASES[name]["question"], CASES[name]["answer"]
    for b in (NativeBackend(2, path), Plain(1, path)):
        assert b.engine.path == path
        assert by_backend(question, b) == answer


def test_an_answer_tells_bits_and_shape_and_takes_every_nan_for_one():
    x = np.array([[1.0, -0.0], [np.nan, -np.nan]], "float32")
    assert kept(x) == ["2x2", "3f800000 80000000 7fc00000 7fc00000"]
    assert kept(np.array([5e-324])) == ["1", "0000000000000001"]
    assert kept(np.zeros(200, "float32")) != kept(np.zeros((2, 100), "float32"))
    assert kept(np.zeros(200, "float32")) != kept(-np.zeros(200, "float32"))
