"""Matrix units, and what rounds for them, stand in the sources of that name alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from netspec.precision import BITS

from .test_sources import SOURCES, combinations, compiled

UNITS = re.compile(r"\b(?:wg)?mma\.\S*|\bcvt\.\S*(?:tf32|bf16)\S*")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_no_other_source_rounds_to_lower_precision(source):
    for words in combinations(source):
        found = set(UNITS.findall(compiled(source, words, "compute_80")))
        assert bool(found) is source.stem.startswith("mma_")
        if found:
            kind = "bf16" if "BF16=1" in words else "tf32"
            assert all(kind in word for word in found)
            rounds = {"cvt.rna.tf32.f32", "cvt.rn.bf16x2.f32"}
            assert {word for word in found if word.startswith("cvt")} < rounds


def test_precisions_are_told_from_the_finest_to_the_coarsest():
    assert all(one > other for one, other in pairwise(BITS.values()))
