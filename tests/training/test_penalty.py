"""Penalties by hand: which arrays, what they add to the loss, and to its slopes."""

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.settings import Regularization
from netspec.training.penalty import Penalty

TABLE = {"type": "embedding", "ids": 4, "units": 3, "trainable": False}
LSTM = {"type": "lstm", "units": 2, "state_bias": True, "return_sequences": True}
INNER = [{"type": "gru", "units": 2}, {"type": "dense", "units": 2}]
ROWS = [TABLE, LSTM, {"type": "bidirectional", "layers": INNER}, {"type": "dense", "units": 1}]
MATRICES = {
    "lstm_1/W", "lstm_1/U", "dense_1/W",
    *(f"bidirectional_1/{way}/{name}" for way in ("forward", "reverse")
      for name in ("gru_1/W", "gru_1/U", "dense_1/W")),
}  # fmt: skip


@pytest.fixture(scope="module")
def spec():
    return NetworkSpec(dtype="float64", input={"steps": 3, "features": 1}, layers=ROWS)


def said(kind):
    return Regularization(type=kind, strength=0.25)


@pytest.mark.parametrize("like_tmva", [False, True])
def test_it_counts_trained_matrices_and_no_bias(spec, like_tmva, b):
    weights = {name: array + 0.5 for name, array in build(spec).weights.items()}
    for kind, size in (("l1", np.abs), ("l2", np.square)):
        wanted = sum(size(weights[name]).sum() for name in MATRICES)
        with b.computing():
            found = Penalty(spec, said(kind), like_tmva).value(b, weights)
        assert found == pytest.approx(0.25 * wanted, rel=1e-14)
    assert Penalty(spec, Regularization(), like_tmva).value(b, weights) == 0
    assert Penalty(spec, Regularization(strength=3.0), like_tmva).value(b, weights) == 0


def test_slopes_reach_all_of_them_or_as_in_tmva_those_of_dense_layers(spec):
    assert Penalty(spec, said("l2"), False).by_name.keys() == MATRICES
    dense = {name for name in MATRICES if "dense" in name}
    assert Penalty(spec, said("l2"), True).by_name.keys() == dense
    assert not Penalty(spec, Regularization(type="l2"), False).by_name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_slope_at_zero_is_0_and_in_tmva_1(spec, dtype, b):
    w = np.array([[-2.0, 0.0, -0.0, 0.5]], dtype)
    slope = np.array([[8.0, 8.0, 8.0, 8.0]], dtype)
    for kind, like_tmva, wanted in (
        ("l1", False, [7.75, 8, 8, 8.25]),
        ("l1", True, [7.75, 8.25, 8.25, 8.25]),
        ("l2", False, [7, 8, 8, 8.25]),
        ("l2", True, [7, 8, 8, 8.25]),
    ):
        penalty = Penalty(spec, said(kind), like_tmva)
        with b.computing():
            found = b.numpy(penalty.added(b, "dense_1/W", b.array(w), b.array(slope)))
            other = b.numpy(penalty.added(b, "dense_1/b", b.array(w), b.array(slope)))
        assert (found.dtype, found.tolist()) == (dtype, [wanted])
        assert other.tolist() == slope.tolist()


def test_in_tmva_gamma_and_beta_count_and_slopes_reach_convolutions(b):
    rows = [
        {"type": "convolution", "filters": 2, "kernel": [2, 2]},
        {"type": "batch_norm"},
        {"type": "flatten"},
        {"type": "dense", "units": 1},
    ]
    images = NetworkSpec(dtype="float64", input={"shape": [1, 3, 3]}, layers=rows)
    weights = {name: array + 0.5 for name, array in build(images).weights.items()}
    matrices = {"convolution_1/W", "dense_1/W"}
    own = {"batch_norm_1/gamma", "batch_norm_1/beta"}
    for like_tmva, counted in ((False, matrices), (True, matrices | own)):
        penalty = Penalty(images, said("l2"), like_tmva)
        assert penalty.by_name.keys() == matrices
        with b.computing():
            found = penalty.value(b, weights)
        squares = sum((weights[name] ** 2).sum() for name in counted)
        assert found == pytest.approx(0.25 * squares, rel=1e-14)


def test_a_layer_may_have_the_name_of_a_direction(b):
    rows = [{"type": "dense", "units": 2, "name": "forward"}, {"type": "dense", "units": 1}]
    own = NetworkSpec(dtype="float64", input={"shape": [3]}, layers=rows)
    assert Penalty(own, said("l1"), True).by_name.keys() == {"forward/W", "dense_1/W"}
