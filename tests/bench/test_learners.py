"""Everybody learns the same: the same gradient, the same steps of Adam."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from netspec.bench import lesson, memory, models
from netspec.bench.learners import chosen, known
from netspec.bench.shapes import parse
from netspec.errors import UnavailableError

LINES = (
    "lstm 5,3,4,6",
    "lstm 5,3,4,6 both last",
    "gru 5,3,4,6",
    "gru 5,3,4,6 both",
    "rnn 5,3,4,6 last",
    "lstm 5,3,4,6 float64",
)


@pytest.fixture(params=sorted(known()))
def learner(request):
    one = known()[request.param]
    try:
        one.version()
    except UnavailableError as error:
        pytest.skip(str(error).partition(":")[0])
    return one


@pytest.mark.parametrize("line", LINES)
def test_the_first_gradient_is_the_one_in_float64(learner, line):
    shape = parse(line)
    model = models.one_layer(shape)
    x = models.inputs(model, shape.batch)
    exact = lesson.in_float64(model, x)
    for engine in learner.engines(model, shape.batch, 1).values():
        with engine.around():
            taken = engine.take(x)
            first = engine.give(engine.run(taken))
            engine.run(taken)
        assert first.shape == exact.shape
        assert models.distance(first, exact) < (1e-13 if shape.dtype == "float64" else 1e-5)


def test_a_step_makes_the_loss_smaller(learner):
    model = models.one_layer(parse("lstm 5,3,4,6"))
    engine = learner.one(model, 3, 1, checked=False)
    with engine.around():
        x = engine.take(models.inputs(model, 3))
        losses = [_number(engine.run(x)) for _ in range(20)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_everybody_takes_the_same_steps():
    model, taken = models.one_layer(parse("gru 5,3,4,6")), {}
    for name, one in known().items():
        try:
            engine = one.one(model, 3, 1, checked=False)
        except UnavailableError as error:
            pytest.skip(str(error).partition(":")[0])
        with engine.around():
            x = engine.take(models.inputs(model, 3))
            taken[name] = [_number(engine.run(x)) for _ in range(5)]
    first, *others = taken.values()
    for other in others:
        np.testing.assert_allclose(first, other, rtol=1e-5)


def _number(loss):
    return loss.loss if hasattr(loss, "loss") else loss.item()


def test_who_is_not_known_is_refused_with_the_nearest_name():
    with pytest.raises(UnavailableError, match="the name 'torsh' learns, did you mean 'torch'"):
        chosen(["torsh"])
    assert "netspec" not in chosen([])


def test_a_step_has_the_products_of_there_and_back():
    shape = parse("lstm 10,100,30,10 both")
    forward = 10 * 100 * 4 * 10 * (30 + 10) * 2
    back = 10 * 100 * 4 * 10 * (10 + 30 + 10) * 2  # dh, the slopes in W and in U
    assert lesson.gflop(shape) == pytest.approx(2e-9 * (forward + back))


def test_memory_is_that_of_the_step_and_not_of_what_was_there():
    shape = parse("lstm 40,20,64,64")
    least = 40 * 20 * 64 * 4 * 4 / 1e6  # the gates of all steps, in MB
    assert least < memory.added("netspec", shape, 1) < 40 * least
    run = subprocess.run(
        [sys.executable, "-m", memory.MODULE, "netspec", str(shape), "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) > 1e6 * least


def test_memory_that_cannot_be_measured_is_said_in_one_sentence():
    with pytest.raises(
        UnavailableError, match=r"memory of nobody could not .*: KeyError: 'nobody'"
    ):
        memory.added("nobody", parse("lstm 1,1,1,1"), 1)
