"""A model with a fault planted in it does not give the golden bits: they can tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from . import cells, functions, rounding, sums
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
    "NaN after its own kind": (rounding, "NAN", {"float32": 0xFFC00000, "float64": 0xFFF8 << 48}),
}


def is_golden(name):
    with np.errstate(all="ignore"):
        return by_model(CASES[name]["question"]) == CASES[name]["answer"]


SMALL = [name for name in CASES if not name.startswith(("wide", "activation", "lstm", "bidi"))]


def test_without_a_fault_the_answers_are_the_golden_ones():
    assert all(map(is_golden, SMALL[::3]))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault, monkeypatch):
    module, word, value = FAULTS[fault]
    monkeypatch.setattr(module, word, value)
    for dtype in ("float32", "float64"):
        names = [name for name in SMALL if name.endswith(dtype)]
        assert not all(map(is_golden, names)), f"nothing tells {fault} in {dtype}"
