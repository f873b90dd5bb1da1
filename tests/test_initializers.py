"""First weights: the same for a seed for ever, drawn array by array from streams of their own."""

import math
import struct
from itertools import islice

import numpy as np
import pytest

from netspec import NetworkSpec, build, initializers
from netspec.errors import SpecError
from netspec.randomness import Stream
from tests import philox

NOT_DRAWN = ("array", "constant", "identity", "ramps")
ROWS = [
    {"type": "lstm", "units": 3, "return_sequences": True, "initial_state": "learned",
     "initial_value": 0.25},
    {"type": "gru", "units": 2, "state_bias": True},
    {"type": "dense", "units": 4},
]  # fmt: skip


def spec_of(rows, **options):
    return NetworkSpec(input={"features": 5}, layers=rows, **options)


def glorot(name, count, inputs, outputs):
    """Compute Glorot's uniform numbers from plain Python's Philox."""
    bound = math.sqrt(6 / (inputs + outputs))
    return [(2 * number - 1) * bound for number in islice(philox.uniform(name), count)]


def to_float32(numbers):
    """Round to float32 without NumPy."""
    return [struct.unpack("<f", struct.pack("<f", number))[0] for number in numbers]


def test_first_weights_are_glorot_uniform_from_a_stream_named_by_seed_and_array():
    network = build(spec_of(ROWS), seed=11)
    for name, inputs, outputs in (
        ("lstm_1/W", 5, 3),
        ("lstm_1/U", 3, 3),
        ("gru_1/W", 3, 2),
        ("dense_1/W", 2, 4),
    ):
        array = network.weights[name]
        wanted = glorot(f"11/weights/{name}", array.size, inputs, outputs)
        assert array.dtype == np.float32
        assert array.ravel().tolist() == to_float32(wanted), name


def test_in_float64_first_weights_are_not_rounded():
    network = build(spec_of(ROWS, dtype="float64"), seed=11)
    assert network.weights["dense_1/W"].ravel().tolist() == glorot("11/weights/dense_1/W", 8, 2, 4)


def test_a_seed_means_these_weights_for_ever():
    network = build(spec_of(ROWS), seed=11)
    found = [float(number).hex() for number in network.weights["dense_1/W"][0]]
    assert found == ["-0x1.6c55f60000000p-5", "0x1.0832ba0000000p-2"]


def test_biases_start_at_zero_and_states_where_the_spec_says():
    weights = build(spec_of(ROWS)).weights
    for name in ("lstm_1/b", "gru_1/b", "gru_1/b_state", "dense_1/b"):
        assert not np.any(weights[name]), name
    for name in ("lstm_1/h0", "lstm_1/c0"):
        assert weights[name].tolist() == [0.25] * 3, name


def test_the_seed_is_the_specs_unless_another_is_given():
    spec = spec_of(ROWS, seed=7)
    own, other = build(spec), build(spec, seed=8)
    assert all(np.array_equal(a, build(spec, seed=7).weights[k]) for k, a in own.weights.items())
    for name in ("lstm_1/W", "lstm_1/U", "dense_1/W"):
        assert not np.any(own.weights[name] == other.weights[name]), name


def test_a_layer_more_changes_the_first_weights_of_no_other():
    small = build(spec_of(ROWS[:1]), seed=3).weights
    large = build(spec_of(ROWS), seed=3).weights
    assert all(np.array_equal(array, large[name]) for name, array in small.items())


def test_no_two_arrays_and_no_two_gates_start_alike():
    weights = build(spec_of([{"type": "lstm", "units": 5, "direction": "both"}]), seed=1).weights
    blocks = [block for name in weights for block in weights[name] if name.endswith(("/W", "/U"))]
    assert len({block.tobytes() for block in blocks}) == len(blocks) == 16


@pytest.mark.parametrize("name", [k for k in initializers.known() if k not in NOT_DRAWN])
@pytest.mark.parametrize("shape", [(30, 20), (4, 30, 20)])
def test_every_initializer_is_even_around_zero_and_finite(name, shape):
    drawn = initializers.draw(name, Stream(2), shape, "float64")
    assert drawn.shape == shape
    assert np.all(np.isfinite(drawn))
    assert abs(drawn.mean()) < 5 * max(drawn.std(), 1e-300) / math.sqrt(drawn.size)


def test_glorot_uniform_fills_its_range_and_nothing_more():
    drawn = initializers.draw("glorot_uniform", Stream(2), (4, 30, 20), "float64")
    bound = math.sqrt(6 / 50)
    assert 0.99 * bound < np.abs(drawn).max() <= bound


def test_a_number_fills_an_array():
    filled = initializers.draw(-1.5, Stream(0), (2, 3), "float32")
    assert filled.dtype == np.float32
    assert filled.tolist() == [[-1.5] * 3] * 2


def test_an_unknown_initializer_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'glorot_uniform'"):
        initializers.draw("glorot_unifrom", Stream(0), (2, 3), "float32")


@pytest.mark.parametrize("seed", [-1, 1.0, "1", 2**64])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    with pytest.raises(SpecError, match="seed: wanted a whole number"):
        build(spec_of(ROWS), seed=seed)


@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
def test_a_seed_may_be_any_whole_number_of_64_bits_numpys_too(seed):
    one, two = build(spec_of(ROWS), seed=np.uint64(seed)), build(spec_of(ROWS), seed=seed)
    assert all(np.array_equal(array, two.weights[name]) for name, array in one.weights.items())


def test_a_number_beyond_the_dtype_is_refused():
    stream = Stream(1)
    with pytest.raises(SpecError, match=r"^wanted a number that float32 can hold, found 1e\+300"):
        initializers.draw(1e300, stream, (2,), "float32")
    assert initializers.draw(1e300, stream, (2,), "float64").tolist() == [1e300, 1e300]
