"""What the bits of trained weights come from asks no C library, no BLAS and no sum of NumPy's."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from tests.test_architecture import SOURCES, room_of, tree_of

OF_MATH = {"factorial", "inf", "isfinite", "pi", "prod", "sqrt"}  # exact, or rounded once
# What the bits of trained weights come from, beside the layers and the backends.
EXACT = {
    "elementary",
    "initializers",
    "losses",
    "optimizers",
    "randomness",
    "schedules",
    "trandom3",
}


def strangers_of_math(source: str, allowed: Iterable[str]) -> set[str]:
    """Find what a file takes from `math` or asks of NumPy whose bits nothing fixes."""
    inexact = {"cos", "cumsum", "dot", "einsum", "exp", "linalg", "log", "log1p", "matmul", "mean"}
    inexact |= {"power", "random_sample", "sin", "std", "sum", "tanh", "tensordot", "var"}
    asked = set()
    for node in ast.walk(tree_of(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "math":
            asked |= {alias.name for alias in node.names} - set(allowed)
        if isinstance(node, ast.Import):
            asked |= {alias.name for alias in node.names} & {"math"}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked |= {node.attr} & inexact if node.value.id in ("numpy", "np") else set()
    return asked


@pytest.mark.parametrize("module", [m for m in SOURCES if room_of(m) in EXACT])
def test_nothing_that_weights_come_from_asks_a_c_library(module):
    assert strangers_of_math(SOURCES[module], OF_MATH) == set()


@pytest.mark.parametrize(
    "source",
    ["import math", "from math import exp", "import numpy\nnumpy.linalg.qr(x)", "numpy.sum(x)"],
)
def test_what_asks_a_c_library_is_seen(source):
    assert len(strangers_of_math(source, OF_MATH)) == 1
    assert strangers_of_math("from math import sqrt\nb.exp(x)\nnumpy.sqrt(x)", OF_MATH) == set()
