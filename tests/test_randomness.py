"""Streams: their bits against Philox written out in plain Python, and against stored words."""

from itertools import islice

import numpy as np
import pytest

from netspec.layers.dropout import Dropout
from netspec.randomness import Stream
from tests import philox

NAMES = [(1234, "weights", "lstm_1/W"), (0,), (2**64 - 1, "epoch", 7), ("Größe",)]


@pytest.mark.parametrize(
    ("counter", "key", "block"),
    [
        (
            (0, 0, 0, 0),
            (0, 0),
            "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b",
        ),
        (
            (2**64 - 1,) * 4,
            (2**64 - 1,) * 2,
            "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
        ),
        (
            (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89),
            (0x452821E638D01377, 0xBE5466CF34E90C6C),
            "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
        ),
    ],
)
def test_philox_in_plain_python_gives_the_published_blocks(counter, key, block):
    assert " ".join(f"{word:016x}" for word in philox.block(counter, key)) == block


@pytest.mark.parametrize("name", NAMES)
def test_the_words_of_a_stream_are_those_of_philox_keyed_by_its_name(name):
    stream, joined = Stream(*name), "/".join(map(str, name))
    wanted = list(islice(philox.words(joined), 23))
    found = [*stream.words((3, 2)).ravel(), *stream.words((17,))]  # blocks are of four words
    assert [int(word) for word in found] == wanted


def test_a_name_means_these_words_for_ever():
    words = Stream(1234, "weights", "lstm_1/W").words((3,))
    assert words.dtype == np.uint64
    assert [f"{int(word):016x}" for word in words] == [
        "ae79a460cb3f6a85",
        "c13a391b27507cd1",
        "64f97ee0580429c7",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_uniform_numbers_are_the_upper_53_bits_of_each_word(name):
    found = Stream(*name).uniform((4, 5))
    assert found.dtype == np.float64
    assert found.ravel().tolist() == list(islice(philox.uniform("/".join(map(str, name))), 20))


def test_uniform_numbers_are_even_and_never_1():
    drawn = Stream(5).uniform((100_000,))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts, _ = np.histogram(drawn, 20, (0, 1))
    assert np.all(np.abs(counts - 5000) < 5 * np.sqrt(5000 * 0.95))


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_what_happens_happens_where_the_uniform_number_is_below_the_probability(probability):
    found = Stream(1, "x").happens(probability, (50, 2)).ravel()
    wanted = [number < probability for number in islice(philox.uniform("1/x"), 100)]
    assert found.tolist() == wanted


def test_a_stream_below_another_has_its_own_numbers_whatever_was_drawn_before():
    one = Stream(3, "weights")
    one.words((10,))
    below = one.of("lstm_1/W")
    assert below.name == "3/weights/lstm_1/W"
    assert below.words((8,)).tolist() == Stream(3, "weights", "lstm_1/W").words((8,)).tolist()
    following = one.words((4,)).tolist()
    assert following == list(islice(philox.words("3/weights"), 14))[10:]


def test_streams_of_other_names_have_other_numbers():
    names = [(0,), (1,), (0, "a"), (0, "b"), (0, "a", 0)]
    drawn = {tuple(Stream(*name).words((2,)).tolist()) for name in names}
    assert len(drawn) == len(names)


def test_dropout_keeps_what_the_stream_says_step_after_step(b):
    x = np.arange(1.0, 31.0).reshape(2, 5, 3)
    step = Dropout(type="dropout", rate=0.25).forward(b, {}, x, rng=Stream("drop"))
    numbers = philox.uniform("drop")
    wanted = np.zeros_like(x)
    for t in range(5):
        for event in range(2):
            for feature in range(3):
                if next(numbers) < 0.75:
                    wanted[event, t, feature] = x[event, t, feature] / 0.75
    assert step.y.tolist() == wanted.tolist()
    assert step.back(x).x.tolist() == wanted.tolist()


def test_dropout_does_nothing_outside_training(b):
    x = np.ones((2, 3))
    assert Dropout(type="dropout", rate=0.5).apply(b, {}, x)[0].tolist() == x.tolist()
