"""Kernels of a convolution, (filters, channels, height, width), start as one matrix of filters."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter

from netspec import NetworkSpec, build, initializers
from netspec.initializers import Starts
from netspec.randomness import Stream

SHAPE = (24, 10, 3, 5)
SEES, REACHES = 10 * 15, 24 * 15  # numbers of a window; numbers that a pixel has a part in
LARGEST = {
    "glorot_uniform": math.sqrt(6 / (SEES + REACHES)),
    "he_uniform": math.sqrt(6 / SEES),
    "tmva_xavier_uniform": math.sqrt(6 / (SEES + 24)),
}
DEVIATION = {
    "glorot_normal": math.sqrt(2 / (SEES + REACHES)),
    "he_normal": math.sqrt(2 / SEES),
    "lecun_normal": math.sqrt(1 / SEES),
    "tmva_gauss": math.sqrt(2 / SEES),
}


def drawn(word):
    start = TypeAdapter(Starts).validate_python({"W": word})["W"]
    return initializers.draw(start, Stream("kernels"), SHAPE, "float64", ())


@pytest.mark.parametrize("word", LARGEST)
def test_flat_numbers_have_the_range_of_what_a_filter_sees_and_a_pixel_reaches(word):
    found = np.abs(drawn(word)).max()
    assert 0.999 * LARGEST[word] < found <= LARGEST[word]


@pytest.mark.parametrize("word", DEVIATION)
def test_bells_have_the_width_of_what_a_filter_sees_and_a_pixel_reaches(word):
    assert drawn(word).std() == pytest.approx(DEVIATION[word], rel=0.02)


def test_orthogonal_filters_are_orthogonal_whole():
    W = drawn("orthogonal").reshape(24, SEES)
    np.testing.assert_allclose(W @ W.T, np.eye(24), atol=1e-12)


def test_unit_filters_take_one_number_of_the_window_each():
    assert (drawn("identity").reshape(24, SEES) == np.eye(24, SEES)).all()


def test_torch_counts_the_same():
    torch = pytest.importorskip("torch", reason="torch is not installed", exc_type=ImportError)
    W = torch.zeros(SHAPE)
    assert torch.nn.init._calculate_fan_in_and_fan_out(W) == (SEES, REACHES)


def test_a_convolution_starts_as_large_as_its_signals_want():
    """The outputs of a layer are about as large as its inputs, whatever the kernel."""
    row = {"type": "convolution", "filters": 64, "kernel": [5, 5]}
    row["initializers"] = {"W": "lecun_normal"}
    spec = NetworkSpec(dtype="float64", input={"shape": [8, 12, 12]}, layers=[row])
    x = np.random.default_rng(0).normal(size=(20, 8, 12, 12))
    assert build(spec, seed=2)(x).std() == pytest.approx(1, rel=0.1)
