"""A model with a fault planted in it does not give the golden bits: they can tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from . import activations, cells, functions, images, rounding, sums, transformations
from .golden import by_model, stored

CASES = stored()


def multiply_and_add(a, b, c, to):
    """Round the product first, as who leaves fma to the compiler may get it."""
    kind = np.float32 if to.digits == 24 else np.float64
    return float(kind(a) * kind(b) + kind(c))


def by_libm(function):
    def entry_by_entry(x):
        return np.array([function(v) for v in x.ravel().tolist()], x.dtype).reshape(x.shape)

    return entry_by_entry


def the_usual_sigmoid(x):
    return 1 / (1 + functions.exp(-x))


def biases_together(p, gates, h, z=None):
    """Add the second bias to the first."""
    share = sums.product(h, cells.matrix(p["U"][gates]), z)
    return share + p["b_state"][gates].reshape(-1) if "b_state" in p else share


def one_sum(dz, x):
    """Go through all rows in one chain, without blocks or trees."""
    flat = [a.reshape(-1, a.shape[-1]).T.tolist() for a in (dz, x)]
    rows = [[sums.chain(d, v, x.dtype) for v in flat[1]] for d in flat[0]]
    return np.array(rows, x.dtype)


STATISTICS = images.statistics


def of_n_less_one(o, x, valid):
    """Take the unbiased variance to normalise with."""
    mean, variance, n = STATISTICS(o, x, valid)
    return mean, variance * n / (n - 1), n


def channel_by_channel(o, x):
    """Forget what is banded."""
    return PAIRS(o.model_copy(update={"banded": False}), x)


def in_float64(x):
    """Form TMVA's tanh without a rounding to float32 on the way."""
    x = x.astype("float64")
    s = x * x
    above = x * (135135 + s * (17325 + s * (378 + s)))
    y = above / (135135 + s * (62370 + s * (3150 + s * 28)))
    return np.where(x > 4.97, 1.0, np.where(x < -4.97, -1.0, y))


def winitzkis_erfinv(u):
    """Turn erf round by a formula of three digits."""
    log, a = math.log(1 - u * u), 0.147
    part = 2 / (math.pi * a) + log / 2
    return np.copysign(math.sqrt(math.sqrt(part * part - log / a) - part), u)


PAIRS, IN_ROWS = images.of_pairs, images.row_by_row
FAULTS = {
    "terms in descending order": (sums, "ascending", lambda n: range(n)[::-1]),
    "chains of 64 terms": (sums, "TERMS", 64),
    "chains without end": (sums, "TERMS", 10**9),
    "blocks of 64 events": (sums, "EVENTS", 64),
    "blocks of 256 events": (sums, "EVENTS", 256),
    "trees of 8": (sums, "NEIGHBOURS", 8),
    "trees of 32": (sums, "NEIGHBOURS", 32),
    "one chain over all rows": (sums, "outer_sum", one_sum),
    "multiply and add": (sums, "fma_of_three", multiply_and_add),
    "libm's tanh": (functions, "tanh", by_libm(math.tanh)),
    "libm's erf": (functions, "erf", by_libm(math.erf)),
    "sigmoid by its definition": (functions, "sigmoid", the_usual_sigmoid),
    "both biases in one": (cells, "with_state", biases_together),
    "kernels flipped": (images, "met", lambda r, size: size - 1 - r),
    "windows pixel by pixel": (
        images,
        "number",
        lambda c, r, q, sizes: (r * sizes[2] + q) * sizes[0] + c,
    ),
    "the last of equal maxima": (images, "beats", lambda other, m: not m > other and m == m),
    "a NaN in a window passed over": (images, "beats", lambda other, m: other > m),
    "windows backwards": (
        images,
        "row_by_row",
        lambda rows, columns: IN_ROWS(rows, columns)[::-1],
    ),
    "the unbiased variance": (images, "statistics", of_n_less_one),
    "bands taken for channels": (images, "of_pairs", channel_by_channel),
    "TMVA's tanh in float64": (activations, "rational", in_float64),
    "the first of two that are written stays": (
        transformations,
        "winner",
        lambda written: range(len(written))[::-1],
    ),
    "a fine table of 20000 bins": (transformations, "N", 20000),
    "the square root of 2 itself": (transformations, "ROOT2", math.sqrt(2)),
    "always the bin above": (
        transformations,
        "other",
        lambda i, s, a, last: i + 1 if i < last else i - 1,
    ),
    "a table that is not rounded": (transformations, "held", lambda F, y: y),
    "a quantile of three digits": (transformations, "erfinv", winitzkis_erfinv),
    "NaN after its own kind": (rounding, "NAN", {"float32": 0xFFC00000, "float64": 0xFFF8 << 48}),
}


def is_golden(name):
    with np.errstate(all="ignore"):
        return by_model(CASES[name]["question"]) == CASES[name]["answer"]


LARGE = ("wide", "activation", "lstm", "bidi")
SMALL = [name for name in CASES if not name.startswith(LARGE) or "rational" in name]


def test_without_a_fault_the_answers_are_the_golden_ones():
    assert all(map(is_golden, SMALL[::3]))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault, monkeypatch):
    module, word, value = FAULTS[fault]
    monkeypatch.setattr(module, word, value)
    for dtype in ("float32", "float64"):
        names = [name for name in SMALL if name.endswith(dtype)]
        assert not all(map(is_golden, names)), f"nothing tells {fault} in {dtype}"
