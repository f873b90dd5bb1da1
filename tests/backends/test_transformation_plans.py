"""Plans of networks with transformations: the bits of the formulas, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import Network, NetworkSpec, initializers
from netspec.backends import Backend
from netspec.backends.native import NativeBackend
from netspec.kernels import compiled
from netspec.losses import Loss
from netspec.optimizers import Optimizer

from .by_formulas import by_formulas, planned, question, same

pytestmark = pytest.mark.usefixtures("native")  # skipped, with the reason, where it is not

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
SQUARED, ADAM = Loss.kinds["squared_error"](), Optimizer.kinds["adam"]()
WIDTH = 6
SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-310, 1e-42, -1e-45, 3e38, 1e300, -1.0, 1.0]
KINDS = ["normalize", "decorrelate", "pca", "gauss", "rearrange"]


class Plain(NativeBackend):
    """Lowers nothing."""

    plan = Backend.plan


@st.composite
def row(draw):
    """Draw a transformation of numbers that may be read and written several times, or of all."""
    kind = draw(st.sampled_from(KINDS))
    said, n = {"type": kind}, WIDTH
    if draw(st.booleans()):
        n = draw(st.integers(1, WIDTH + 2))
        for option in ("inputs", "outputs"):
            said[option] = draw(st.lists(st.integers(0, WIDTH - 1), min_size=n, max_size=n))
    if kind != "rearrange":
        said["working_type"] = draw(st.sampled_from(["float32", "float64"]))
    if kind in {"normalize", "pca", "gauss"}:
        said["inverse"] = draw(st.booleans())
    if kind == "gauss":
        said["bins"] = draw(st.lists(st.integers(2, 40), min_size=n, max_size=n))
        said["flat"] = draw(st.booleans())
    return said


def network(layers, dtype, b, shape=(WIDTH,)):
    spec = NetworkSpec(dtype=dtype, input={"shape": shape}, layers=layers)
    draw = np.random.default_rng(len(layers))
    weights = {}
    for name, param in spec.parameters().items():
        start = 0.0
        if not param.trainable:
            start = initializers.draw(param.initializer, None, param.shape, "float64")
        array = start + draw.uniform(-0.01, 0.01, param.shape)
        weights[name] = array.astype(param.dtype or dtype)
    return Network(spec, weights, b)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(row(), min_size=1, max_size=3),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([(WIDTH,), (3, WIDTH), (2, 2, WIDTH)]),
)
def test_drawn_transformations_have_the_bits_of_their_formulas(layers, dtype, shape):
    x = np.random.default_rng(3).normal(0, 0.7, (70, *shape))
    x.reshape(-1)[: 5 * len(SPECIAL) : 5] = SPECIAL
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    wanted = network(layers, dtype, Plain(1), shape)(x).tobytes()
    for path in compiled().paths():
        plan = network(layers, dtype, NativeBackend(2, path), shape)
        assert plan._prepared.plan is not None
        assert plan(x).tobytes() == wanted, path


@settings(max_examples=60, deadline=None)
@given(st.lists(row(), min_size=1, max_size=2), st.sampled_from(["float32", "float64"]))
def test_slopes_go_back_through_drawn_transformations_as_by_their_formulas(rows, dtype):
    dense = {"type": "dense", "units": WIDTH}
    q = question([dense, *rows, dense], dtype, SQUARED, ADAM, batch=5, shape=(WIDTH,))
    wanted = by_formulas(NativeBackend(1), q)
    for path in compiled().paths():
        same(planned(NativeBackend(2, path), q), wanted)


@every_dtype
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_an_event_is_transformed_alike_at_every_place_of_a_batch(size, kind, dtype):
    said = {"type": kind, "inputs": [3, 0, 0], "outputs": [0, 1, 1]}
    layers = [said | ({"bins": [5, 3, 9]} if kind == "gauss" else {})]
    x = np.random.default_rng(size).normal(0, 0.7, (size, WIDTH)).astype(dtype)
    one = network(layers, dtype, NativeBackend(1))
    wanted = b"".join(one(x[n : n + 1]).tobytes() for n in range(size))
    for threads in (1, 2, 3):
        assert network(layers, dtype, NativeBackend(threads))(x).tobytes() == wanted


@every_dtype
@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_beyond_the_end_of_a_sequence_stays_zero(kind, dtype):
    layers = [{"type": kind} | ({"bins": [5] * WIDTH} if kind == "gauss" else {})]
    if kind == "rearrange":
        layers[0] |= {"inputs": [1, 0], "outputs": [0, 1]}
    x = np.random.default_rng(8).normal(0, 0.7, (3, 4, WIDTH)).astype(dtype)
    x[0, 2:] = np.nan
    lengths = np.array([2, 4, 0])
    plan, plain = (network(layers, dtype, b, (4, WIDTH)) for b in (None, Plain(1)))
    assert plan._prepared.plan is not None
    y = plan(x, lengths=lengths)
    assert y.tobytes() == plain(x, lengths=lengths).tobytes()
    assert (y[0, 2:] == 0).all()
    assert (y[2] == 0).all()
