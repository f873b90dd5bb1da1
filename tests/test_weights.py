"""Weights drawn and held against a spec: what does not fit ends in one sentence."""

import tracemalloc

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.errors import SpecError, WeightsError

SPEC = NetworkSpec(input={"shape": [3]}, layers=[{"type": "dense", "units": 2}])
W = np.ones((2, 3))
B = np.zeros(2)


def refused(weights):
    with pytest.raises(WeightsError) as caught:
        build(SPEC, weights=weights)
    return str(caught.value)


@pytest.mark.parametrize("layers", [1, 1000])
def test_more_weights_than_memory_are_refused_before_any_is_taken(layers):
    size = 10**6 if layers == 1 else 31_623  # 10^12 numbers in all
    spec = NetworkSpec(
        input={"shape": [size]}, layers=[{"type": "dense", "units": size, "bias": False}] * layers
    )
    tracemalloc.start()
    with pytest.raises(SpecError, match=r"^dense_1/W: wanted weights that fit into memory"):
        build(spec)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_numbers_too_large_for_the_dtype_are_refused_and_infinities_are_kept():
    message = "dense_1/W: wanted numbers that float32 can hold, found larger ones"
    assert refused({"dense_1/W": W * 1e39, "dense_1/b": B}) == message
    kept = build(SPEC, weights={"dense_1/W": W * np.inf, "dense_1/b": B})
    assert np.isinf(kept.weights["dense_1/W"]).all()


def test_names_that_are_no_text_are_refused_like_others():
    words = refused({"dense_1/W": W, "dense_1/b": B, None: W, 3: W})
    assert words.startswith("3: the spec knows no such array")
    assert "; None: the spec knows no such array" in words


def test_a_seed_of_ten_thousand_digits_is_refused():
    with pytest.raises(SpecError, match=r"^seed: wanted .* found one of 33220 bits$"):
        build(SPEC, seed=10**10_000)


def test_masked_weights_are_refused():
    spec = NetworkSpec(input={"shape": [1]}, layers=[{"type": "dense", "units": 2, "bias": False}])
    masked = np.ma.masked_array([[1.0], [2.0]], mask=[[True], [False]])
    with pytest.raises(WeightsError, match="dense_1/W: wanted every number, found some masked"):
        build(spec, weights={"dense_1/W": masked})
