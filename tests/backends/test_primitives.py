"""The primitives of every backend, each against plain Python, entry by entry."""

import copy
import math
import pickle
from itertools import product as every

import numpy as np
import pytest

from netspec.backends import PRIMITIVES, Backend, choose, default, known
from netspec.errors import DataError, UnavailableError
from tests.specimens import agree, all_of, every_layer_at_every_length, specimen

LENGTHS = np.array([0, 1, 3, 4])
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 30.0, -30.0, 750.0, -750.0, 1e-300, math.inf, -math.inf]


def drawn(*shape):
    return np.random.default_rng(len(shape)).standard_normal(shape)


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-14, atol=1e-14)


def test_the_exact_backend_is_what_is_chosen_where_it_is_there():
    assert default() == choose().name == ("native" if "native" in known() else "numpy")
    assert choose().exact == ("native" in known())


def test_a_backend_is_its_own_choice_and_its_own_copy(b):
    assert choose(b) is b is copy.copy(b) is copy.deepcopy(b)
    assert type(choose(b.name)) is type(b) is known()[b.name]


def test_a_backend_pickles_with_the_number_of_threads_that_was_asked_for(b):
    for threads in (None, 3):
        sent = type(b)(threads)
        again = pickle.loads(pickle.dumps(sent))
        assert type(again) is type(b)
        assert again.threads == sent.threads


def test_an_unknown_backend_is_refused_with_the_nearest():
    with pytest.raises(UnavailableError, match="did you mean 'numpy'"):
        choose("numpi")


@pytest.mark.parametrize("threads", [0, -1, 1025, 2.0, "two", True, [2], math.nan])
def test_what_is_no_number_of_threads_is_refused_on_every_backend(threads, b):
    with pytest.raises(DataError, match=r"^threads: wanted a number from 1 to 1024, found "):
        choose(b.name, threads)


def test_threads_beside_a_backend_that_has_its_own_are_refused(b):
    with pytest.raises(DataError, match=r"^threads: wanted none beside a backend's own, found 2$"):
        choose(b, 2)


def test_every_primitive_is_there_on_every_backend():
    for cls in known().values():
        assert issubclass(cls, Backend)
        assert all(callable(getattr(cls, name)) for name in PRIMITIVES)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_layer_at_every_length
def test_every_twin_equals_its_formula_there_and_back(row, dtype, lengths, b):
    found = []
    for backend in (b, type("Plain", (type(b),), {"twins": {}})()):
        one = specimen(row, dtype, b=backend)
        y, final = one.apply(lengths=lengths)
        step = one.forward(lengths=lengths)
        slopes = all_of(step.back(one.dy, one.dfinal))
        found.append({"y": y} | final | {f"slope in {k}": v for k, v in slopes.items()})
    twin, formula = found
    for name, array in formula.items():
        agree(b, twin[name], array, 1e-14, name)


@pytest.mark.parametrize("leading", [(3,), (2, 3), ()])
def test_product_takes_every_row_to_start_plus_its_sums(leading, b):
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


def test_outer_sum_adds_over_every_row(b):
    dz, x = drawn(2, 3, 5), drawn(2, 3, 4)
    found = b.outer_sum(dz, x)
    for m, k in every(range(5), range(4)):
        close(found[m, k], math.fsum(dz[n, t, m] * x[n, t, k] for n in range(2) for t in range(3)))


def test_sum_and_max_run_over_the_axes_they_are_given(b):
    x = drawn(2, 3, 4)
    for n, k in every(range(2), range(4)):
        close(b.sum(x, 1)[n, k], math.fsum(x[n, :, k]))
        assert b.max(x, 1)[n, k] == max(x[n, :, k])
    for k in range(4):
        close(b.sum(x, (0, 1))[k], math.fsum(x[:, :, k].ravel()))
    assert b.sum(x, -1, keepdims=True).shape == b.max(x, -1, keepdims=True).shape == (2, 3, 1)


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else math.exp(x)


def logarithm(x):
    return math.nan if x < 0 else math.log(x) if x else -math.inf


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("abs", abs),
        ("exp", lambda x: math.exp(x) if x < 700 else math.inf),
        ("expm1", lambda x: math.expm1(x) if x < 700 else math.inf),
        ("log", logarithm),
        ("sqrt", lambda x: math.sqrt(x) if x >= 0 else math.nan),
        ("tanh", math.tanh),
        ("erf", math.erf),
        ("sigmoid", sigmoid),
    ],
)
def test_functions_are_those_of_mathematics_from_end_to_end(name, plain, b):
    with b.computing():
        found = getattr(b, name)(np.array(SPECIAL))
        rounded = getattr(b, name)(np.array(SPECIAL, "float32"))
        nan = getattr(b, name)(np.array([math.nan]))
    assert rounded.dtype == np.float32
    assert math.isnan(nan[0])
    for x, y, y32 in zip(SPECIAL, found.tolist(), rounded.tolist(), strict=True):
        assert y == pytest.approx(plain(x), rel=1e-15, abs=0, nan_ok=True), x
        rounded_plain = float(np.float32(plain(float(np.float32(x)))))
        assert y32 == pytest.approx(rounded_plain, rel=3e-7, nan_ok=True), x


def test_maximum_and_minimum_carry_nan(b):
    x, y = np.array([1.0, math.nan, 2.0]), np.array([3.0, 0.0, math.nan])
    for found, first in ((b.maximum(x, y), 3.0), (b.minimum(x, y), 1.0)):
        assert found[0] == first
        assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_where_keeps_the_dtype_of_its_array(dtype, b):
    x = np.ones(2, dtype)
    for found in (b.where(x > 0, x, 0.0), b.where(x > 0, 0.0, x), b.maximum(x, 0.0)):
        assert found.dtype == dtype


def test_memory_is_given_in_the_shape_and_dtype_that_was_asked_for(b):
    for array in (b.empty((2, 3), "float32"), b.zeros((2, 3), "float32")):
        assert array.shape == (2, 3)
        assert array.dtype == np.float32
    assert not np.any(b.zeros((2, 3), "float32"))


def test_stack_and_concatenate_join_along_their_axis(b):
    x, y = drawn(2, 3), drawn(2, 3)
    assert b.stack([x, y], 1)[1, 0].tolist() == x[1].tolist()
    assert b.concatenate([x, y], -1)[1].tolist() == [*x[1], *y[1]]


def test_mask_is_true_on_valid_steps(b):
    assert b.mask(LENGTHS, 4).tolist() == [[t < n for t in range(4)] for n in LENGTHS]


def test_reverse_turns_the_valid_part_round_and_clears_the_rest(b):
    x = drawn(4, 4, 2)
    found = b.reverse(x, LENGTHS)
    for event, length in enumerate(LENGTHS):
        for t in range(4):
            wanted = x[event, length - 1 - t].tolist() if t < length else [0.0, 0.0]
            assert found[event, t].tolist() == wanted
    assert b.reverse(x, None).tolist() == [event[::-1] for event in x.tolist()]


def test_pick_takes_the_last_valid_step_and_place_puts_it_back(b):
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


def test_search_counts_the_edges_that_are_not_above(b):
    edges = [-1.5, 0.0, 0.0, 2.0, 2.0, 7.0]
    x = [[-9.0, -1.5, -0.1], [0.0, 1.0, 2.0], [6.9, 7.0, math.inf], [-math.inf, -0.0, 1e-300]]
    got = b.search(b.array(np.array(edges)), b.array(np.array(x)))
    assert b.numpy(got).dtype == np.int64
    wanted = [[sum(edge <= one for edge in edges) for one in row] for row in x]
    assert b.numpy(got).tolist() == wanted
    (last,) = b.numpy(b.search(b.array(np.array(edges)), b.array(np.array([math.nan]))))
    assert last == len(edges)
