"""The primitives, each against plain Python, entry by entry."""

import math
from itertools import product as every

import numpy as np
import pytest

from netspec.backends import PRIMITIVES, Backend, choose, known
from netspec.backends.numpy import NumpyBackend
from netspec.errors import UnavailableError
from netspec.layers import stack
from tests.asking import inside
from tests.specimens import ROWS, specimen

b = NumpyBackend()
LENGTHS = np.array([0, 1, 3, 4])
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 30.0, -30.0, 750.0, -750.0, 1e-300, math.inf, -math.inf]


def drawn(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)


def test_numpy_is_what_is_chosen_and_a_backend_is_its_own_choice():
    assert isinstance(choose(), NumpyBackend)
    assert choose(b) is b
    assert known()["numpy"] is NumpyBackend
    with pytest.raises(UnavailableError, match="did you mean 'numpy'"):
        choose("numpi")


def test_every_primitive_is_there_on_every_backend():
    for cls in known().values():
        assert issubclass(cls, Backend)
        assert all(callable(getattr(cls, name)) for name in PRIMITIVES)


def test_every_twin_equals_its_formula():
    for name, cls in known().items():
        plain = type("Plain", (cls,), {"twins": {}})()
        for row in ROWS.values() if cls.twins else ():
            one, runs = specimen(row), []
            for backend in (plain, choose(name)):
                p, x = inside(backend, one.weights), backend.array(one.x)
                runs.append(backend.numpy(stack.apply(one.layers, backend, p, x)[0]))
            close(*runs)


@pytest.mark.parametrize("leading", [(3,), (2, 3), ()])
def test_product_takes_every_row_to_start_plus_its_sums(leading):
    x, W = drawn(*leading, 4), drawn(5, 4)
    starts = [None, drawn(5), drawn(*leading, 5)]
    for start in starts:
        y = b.product(x, W, start)
        assert y.shape == (*leading, 5)
        for row in np.ndindex(leading):
            for m in range(5):
                first = 0.0 if start is None else np.broadcast_to(start, y.shape)[(*row, m)]
                terms = [x[(*row, k)] * W[m, k] for k in range(4)]
                close(y[(*row, m)], math.fsum([first, *terms]))


def test_outer_sum_adds_over_every_row():
    dz, x = drawn(2, 3, 5), drawn(2, 3, 4)
    found = b.outer_sum(dz, x)
    for m, k in every(range(5), range(4)):
        close(found[m, k], math.fsum(dz[n, t, m] * x[n, t, k] for n in range(2) for t in range(3)))


def test_sum_and_max_run_over_the_axes_they_are_given():
    x = drawn(2, 3, 4)
    for n, k in every(range(2), range(4)):
        close(b.sum(x, 1)[n, k], math.fsum(x[n, :, k]))
        assert b.max(x, 1)[n, k] == max(x[n, :, k])
    for k in range(4):
        close(b.sum(x, (0, 1))[k], math.fsum(x[:, :, k].ravel()))
    assert b.sum(x, -1, keepdims=True).shape == b.max(x, -1, keepdims=True).shape == (2, 3, 1)


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("abs", abs),
        ("exp", lambda x: math.exp(x) if x < 700 else math.inf),
        ("expm1", lambda x: math.expm1(x) if x < 700 else math.inf),
        ("tanh", math.tanh),
        ("erf", math.erf),
        ("sigmoid", sigmoid),
    ],
)
def test_functions_are_those_of_mathematics_from_end_to_end(name, plain):
    with b.computing():
        found = getattr(b, name)(np.array(SPECIAL))
        rounded = getattr(b, name)(np.array(SPECIAL, "float32"))
        nan = getattr(b, name)(np.array([math.nan]))
    assert rounded.dtype == np.float32
    assert math.isnan(nan[0])
    for x, y, y32 in zip(SPECIAL, found.tolist(), rounded.tolist(), strict=True):
        assert y == pytest.approx(plain(x), rel=1e-15, abs=0), x
        assert y32 == pytest.approx(float(np.float32(plain(float(np.float32(x))))), rel=3e-7), x


def test_maximum_and_minimum_carry_nan():
    x, y = np.array([1.0, math.nan, 2.0]), np.array([3.0, 0.0, math.nan])
    for found, first in ((b.maximum(x, y), 3.0), (b.minimum(x, y), 1.0)):
        assert found[0] == first
        assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_where_keeps_the_dtype_of_its_array(dtype):
    x = np.ones(2, dtype)
    for found in (b.where(x > 0, x, 0.0), b.where(x > 0, 0.0, x), b.maximum(x, 0.0)):
        assert found.dtype == dtype


def test_memory_is_given_in_the_shape_and_dtype_that_was_asked_for():
    for array in (b.empty((2, 3), "float32"), b.zeros((2, 3), "float32")):
        assert array.shape == (2, 3)
        assert array.dtype == np.float32
    assert not np.any(b.zeros((2, 3), "float32"))


def test_stack_and_concatenate_join_along_their_axis():
    x, y = drawn(2, 3), drawn(2, 3)
    assert b.stack([x, y], 1)[1, 0].tolist() == x[1].tolist()
    assert b.concatenate([x, y], -1)[1].tolist() == [*x[1], *y[1]]


def test_mask_is_true_on_valid_steps():
    assert b.mask(LENGTHS, 4).tolist() == [[t < n for t in range(4)] for n in LENGTHS]


def test_reverse_turns_the_valid_part_round_and_clears_the_rest():
    x = drawn(4, 4, 2)
    found = b.reverse(x, LENGTHS)
    for event, length in enumerate(LENGTHS):
        for t in range(4):
            wanted = x[event, length - 1 - t].tolist() if t < length else [0.0, 0.0]
            assert found[event, t].tolist() == wanted
    assert b.reverse(x, None).tolist() == [event[::-1] for event in x.tolist()]


def test_pick_takes_the_last_valid_step_and_place_puts_it_back():
    x = drawn(4, 4, 2)
    picked = b.pick(x, LENGTHS)
    placed = b.place(picked, LENGTHS, 4)
    for event, length in enumerate(LENGTHS):
        assert picked[event].tolist() == (x[event, length - 1].tolist() if length else [0.0, 0.0])
        for t in range(4):
            kept = x[event, t].tolist() if t == length - 1 else [0.0, 0.0]
            assert placed[event, t].tolist() == kept
    assert b.pick(x, None).tolist() == x[:, 3].tolist()
    assert b.place(x[:, 3], None, 4)[:, 3].tolist() == x[:, 3].tolist()
