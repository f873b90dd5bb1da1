"""Products, long sums, functions, activations: the engine's bits are the model's."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from netspec.layers.activations import Function
from netspec.randomness import Stream

from . import activations, functions, sums
from .asking import PATHS, every_dtype, every_path, only_where_compiled
from .drawing import specials, strewn, uniform
from .functions import OF
from .rounding import canonical, words

pytestmark = only_where_compiled

TERMS = [1, 2, 3, 16, 17, 127, 128, 129, 255, 256, 257, 300]
OUTPUTS = [1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129]
ROWS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13]
EVENTS = [1, 2, 127, 128, 129, 257]
STEPS = [1, 2, 15, 16, 17, 33, 257]
EDGES = [
    *(89, 88.7228, 87.3365, 104, 103.2789, 710, 709.7827, 708.3964, 746, 744.4401, 745.1332),
    *(18, 38, 2.0**-25, 2.0**-54, 1, 0.5, 9.125, 9.0109, 19.125, 19.0615, 0.875, 0.9, 4, 5.95),
    *(0.34657359, 1.0397208, 16.6355, 36.7368, 3.9192, 5.8636, 2.0**-126, 2.0**-12),
]
FUNCTIONS = ["exp", "expm1", "tanh", "sigmoid", "erf", "log"]
ACTIVATIONS = [
    *({"type": word} for word in sorted(Function.kinds)),
    {"type": "elu", "alpha": 0.7},
    {"type": "leaky_relu", "slope": 0.3},
    {"type": "gelu", "approximate": "tanh"},
    {"type": "hard_sigmoid", "slope": 0.2},
]


def by_rows(function, x, *others):
    """Run a function of the model on each row."""
    with np.errstate(all="ignore"):
        return np.array([function(*row) for row in zip(x, *others, strict=True)])


def equal(found, wanted):
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    wrong = np.argwhere(words(found) != words(wanted))
    assert not len(wrong), f"{len(wrong)} of {found.size} differ, first at {wrong[:4].tolist()}"


@every_path
@every_dtype
@pytest.mark.parametrize("terms", TERMS)
def test_products_of_any_number_of_terms_have_the_bits_of_the_model(terms, dtype, path):
    b = NativeBackend(1, path)
    x, W = uniform(f"x{terms}", (2, terms), dtype), uniform(f"W{terms}", (3, terms), dtype)
    for start in (None, uniform("start", (3,), dtype)):
        wanted = by_rows(lambda row, start=start: sums.product(row, W, start), x)
        equal(b.product(x, W, start), wanted)
        equal(b.product(x, np.asfortranarray(W), start), wanted)
        equal(b.product(x[:, None], W, start), wanted[:, None])
    each = uniform("starts", (2, 3), dtype)
    wanted = by_rows(lambda row, start: sums.product(row, W, start), x, each)
    equal(b.product(x, W, each), wanted)


@every_path
@every_dtype
def test_products_of_any_number_of_outputs_and_rows_have_the_bits_of_the_model(dtype, path):
    b = NativeBackend(1, path)
    x, W = uniform("x", (max(ROWS), 5), dtype), uniform("W", (max(OUTPUTS), 5), dtype)
    wanted = by_rows(lambda row: sums.product(row, W), x)
    for outputs in OUTPUTS:
        for rows in ROWS:
            equal(b.product(x[:rows], W[:outputs]), wanted[:rows, :outputs])


@every_path
@every_dtype
def test_long_sums_have_the_bits_of_the_model(dtype, path):
    b = NativeBackend(1, path)
    for events, steps in [(n, 2) for n in EVENTS] + [(3, s) for s in STEPS] + [(130, 18), (0, 3)]:
        dz = uniform(f"dz{events}", (events, steps, 2), dtype)
        x = uniform(f"x{steps}", (events, steps, 3), dtype)
        with np.errstate(all="ignore"):
            equal(b.outer_sum(dz, x), sums.outer_sum(dz, x))
            equal(b.sum(dz, (0, 1)), sums.long_sum(dz))
            flat = sums.long_sum(dz.reshape(-1, 1, 2))
        equal(b.sum(dz.reshape(-1, 2), 0), flat)


@every_path
@every_dtype
def test_a_sum_over_one_axis_takes_it_for_the_events(dtype, path):
    b = NativeBackend(1, path)
    x = uniform("axes", (3, 130, 5), dtype)
    for axis in (0, 1, 2, -1, -2):
        wanted = sums.long_sum(np.moveaxis(x, axis, 0).reshape(x.shape[axis], 1, -1))
        kept_axes = b.sum(x, axis, keepdims=True)
        equal(b.sum(x, axis).ravel(), wanted)
        equal(kept_axes, np.expand_dims(b.sum(x, axis), axis))


@every_path
@every_dtype
def test_the_largest_of_a_row_is_found_from_its_first_entry_on(dtype, path):
    b = NativeBackend(1, path)
    for special in ([0.0, -0.0], [-0.0, 0.0], [1.0, np.nan, 2.0], [-np.inf, -5.0], [np.nan] * 2):
        x = np.array([special], dtype)
        equal(b.canonical(b.max(x, -1)), canonical(by_rows(sums.max_of_row, x)))


@every_path
@every_dtype
def test_where_an_array_begins_in_memory_changes_no_bit(dtype, path):
    b = NativeBackend(1, path)
    x, W = uniform("x", (7, 35), dtype), uniform("W", (19, 35), dtype)
    dz = uniform("dz", (7, 19), dtype)
    wanted = [b.product(x, W), b.outer_sum(dz, x), b.sum(x, 0), b.tanh(x)]
    for offset in (1, 3, 5):

        def moved(a, offset=offset):
            return np.concatenate([np.zeros(offset, dtype), a.ravel()])[offset:].reshape(a.shape)

        own, by, slopes = moved(x), moved(W), moved(dz)
        found = [b.product(own, by), b.outer_sum(slopes, own), b.sum(own, 0), b.tanh(own)]
        for mine, ours in zip(found, wanted, strict=True):
            equal(mine, ours)


@every_path
@every_dtype
def test_very_many_events_are_a_tree_of_trees(dtype, path):
    """257 blocks of 128 events: three levels."""
    x = uniform("many", (128 * 257, 1, 1), dtype)
    equal(NativeBackend(2, path).sum(x, (0, 1)), sums.long_sum(x))


@every_path
@every_dtype
def test_outer_sums_of_any_width_have_the_bits_of_the_model(dtype, path):
    b = NativeBackend(1, path)
    dz, x = uniform("dz", (3, 2, 129), dtype), uniform("x", (3, 2, 34), dtype)
    with np.errstate(all="ignore"):
        wanted, total = sums.outer_sum(dz, x), sums.long_sum(dz)
    for outputs in OUTPUTS:
        own = np.ascontiguousarray(dz[:, :, :outputs])
        equal(b.sum(own, (0, 1)), total[:outputs])
        for features in (1, 3, 8, 17, 34):
            equal(b.outer_sum(own, x[:, :, :features]), wanted[:outputs, :features])


@every_path
@every_dtype
def test_numbers_that_are_special_pass_through_products_and_sums(dtype, path):
    b = NativeBackend(1, path)
    x, W = (strewn(uniform(k, (6, 40), dtype), k, 0.05) for k in "xW")
    with np.errstate(all="ignore"):
        wanted = by_rows(lambda row: sums.product(row, W), x)
        equal(b.canonical(b.product(x, W)), canonical(wanted))
        dz, seen = x.reshape(6, 4, 10), W.reshape(6, 4, 10)
        equal(b.canonical(b.outer_sum(dz, seen)), canonical(sums.outer_sum(dz, seen)))
        equal(b.canonical(b.sum(dz, (0, 1))), canonical(sums.long_sum(dz)))


@every_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_bits_of_the_model(name, dtype):
    near, far = uniform("near", (40,), dtype), 120 * uniform("far", (60,), dtype)
    tiny = near[:20] * np.array(2.0**-20, dtype)
    x = np.concatenate([specials(dtype), near, 8 * near, far, tiny])
    with np.errstate(all="ignore"):
        wanted = canonical(getattr(functions, name)(x))
    for path in PATHS:
        b = NativeBackend(1, path)
        equal(b.canonical(getattr(b, name)(x)), wanted)


@every_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_bits_of_the_model_for_bits_of_any_kind(name, dtype):
    """Drawn bit by bit, and around every number at which a formula changes."""
    drawn_bits = Stream("contract", "bits").words((700,))
    unsigned = OF[dtype].unsigned
    with np.errstate(all="ignore"):
        numbers = [
            (drawn_bits >> np.uint64(64 - 8 * unsigned().itemsize)).astype(unsigned).view(dtype)
        ]
        for edge in EDGES:
            ulp = np.spacing(np.array(edge, dtype))
            numbers.append((edge + np.arange(-3, 4) * ulp).astype(dtype))
        numbers += [-numbers[k] for k in range(1, len(numbers))]
        x = np.concatenate(numbers)
        wanted = canonical(getattr(functions, name)(x))
    for path in PATHS:
        b = NativeBackend(1, path)
        equal(b.canonical(getattr(b, name)(x)), wanted)


@every_dtype
@pytest.mark.parametrize("options", ACTIVATIONS, ids=lambda o: "-".join(map(str, o.values())))
def test_activations_have_the_bits_of_the_model_there_and_back(options, dtype):
    f = Function.kinds[options["type"]](**options)
    x = np.stack([4 * uniform(f"x{k}", (37,), dtype) for k in range(4)])
    x[2], x[3] = np.resize(specials(dtype), 37), strewn(x[3], "row")
    dy = strewn(uniform("dy", x.shape, dtype), "dy", 0.1)
    y = by_rows(lambda row: activations.apply(f, row), x)
    dx = by_rows(lambda *row: activations.back(f, *row), x, y, dy)
    for path in PATHS:
        b = NativeBackend(1, path)
        with b.computing():
            found = f.apply(b, x)
            equal(b.canonical(found), canonical(y))
            equal(b.canonical(f.back(b, x, found, dy)), canonical(dx))
