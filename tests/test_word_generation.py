"""The example of words after words: it learns its story, and writes on with its state carried."""

from __future__ import annotations

import doctest
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import netspec
from netspec import resources
from netspec.randomness import Stream

ROOT = Path(__file__).resolve().parents[1]
FOLDER = resources.example("word_generation")
STORY = (FOLDER / "story.txt").read_text(encoding="utf-8")


def module(name):
    """Import a file of the example."""
    found = importlib.util.spec_from_file_location(f"word_generation_{name}", FOLDER / f"{name}.py")
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def text():
    return module("text")


@pytest.fixture
def write(monkeypatch, text):
    monkeypatch.setitem(sys.modules, "text", text)
    return module("write")


def ran(*command):
    """Run a script of the example; give what it printed."""
    run = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """What `train.py` makes in a few epochs less than it usually takes."""
    folder = tmp_path_factory.mktemp("words")
    said = ran(FOLDER / "train.py", "--folder", folder, "--epochs", "25")
    assert "483 words, 116 different ones" in said
    return folder / "words.xml"


def test_a_text_is_words_and_stops_and_a_text_again(text):
    words = text.words_of(STORY)
    first = "Once upon a time a mouse who lived in the country"
    assert text.written(words[:11]) == first
    assert text.words_of(text.written(words)) == words
    assert len(text.vocabulary(words)) == 116


def test_what_its_help_shows_is_true(text):
    assert doctest.testmod(text) == (0, 2)


def test_a_window_is_followed_by_itself_one_word_later(text):
    x, y = text.windows(list(range(20)), 5, 3)
    assert x.shape == (5, 5, 1)
    assert (y == x[..., 0] + 1).all()
    assert x[:, 0, 0].tolist() == [0, 3, 6, 9, 12]


def test_the_spec_has_as_many_ids_as_the_story_has_words(text):
    spec = netspec.NetworkSpec.from_file(FOLDER / "words.yaml")
    words = len(text.vocabulary(text.words_of(STORY)))
    assert spec.layers[0].id_count == spec.output_shape[-1] == words


def test_it_learns_the_story(model, text):
    network, words = netspec.load(model), text.words_of(STORY)
    known = list(network.spec.output.classes)
    assert known == text.vocabulary(words)
    ids = numpy.array([known.index(word) for word in words])
    chances = network(ids[None, :-1, None])[0]
    assert (chances.argmax(axis=1) == ids[1:]).mean() > 0.8
    assert network.extras.golden is not None
    losses = network.extras.history["loss"]
    assert losses[-1] < 0.3 * losses[0]


def test_words_written_one_at_a_time_are_the_likeliest_of_one_long_call(model, write):
    network = netspec.load(model)
    cue = ["the", "country", "mouse"]
    words = write.write(network, cue, 12, 0, 1)
    ids = [network.spec.output.classes.index(word) for word in words]
    chances = network(numpy.array(ids)[None, :-1, None])[0]
    assert words[:3] == cue
    assert chances[2:].argmax(axis=1).tolist() == ids[3:]


def test_the_same_seed_writes_the_same_words_and_another_one_others(model):
    def said(*options):
        return ran(FOLDER / "write.py", "--model", model, *options, "once", "upon", "a", "time")

    assert said() == said()
    assert said("--seed", "2", "--temperature", "1") != said("--seed", "3", "--temperature", "1")
    assert said("--count", "4").startswith("Once upon a time")


def test_words_are_drawn_as_often_as_their_chances_say(write):
    chances, stream = numpy.array([0.1, 0.6, 0.0, 0.3]), Stream(5)
    for temperature in (1.0, 0.5, 2.0):
        wanted = chances ** (1 / temperature)
        wanted /= wanted.sum()
        words = [write.drawn(chances, temperature, stream) for _ in range(4000)]
        found = numpy.bincount(words, minlength=4) / 4000
        assert abs(found - wanted).max() < 0.03
    assert write.drawn(chances, 0, stream) == 1


def test_a_word_that_the_story_does_not_know_is_told(model):
    run = subprocess.run(
        [sys.executable, FOLDER / "write.py", "--model", model, "the", "lion"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 1
    assert run.stderr == "the story knows no 'lion'\n"
