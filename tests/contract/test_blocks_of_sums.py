"""Slopes are cut into blocks of outputs, and states are read where they stand: no bit moves."""

from __future__ import annotations

import numpy as np
import pytest

from netspec.backends.native import NativeBackend

from . import sums
from .asking import every_dtype, every_path, only_where_compiled
from .drawing import uniform
from .rounding import words

pytestmark = only_where_compiled

# Rows and columns beside the ends of vectors, panels and blocks.
PLACES = [0, 5, 6, 15, 16, 63, 64, 255, 256, 257, 299, 300, 511, 512, 529]


@every_path
@every_dtype
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(("outputs", "inputs"), [(530, 7), (7, 530), (300, 530), (530, 300)])
def test_an_output_of_any_block_is_its_own_sum(outputs, inputs, threads, dtype, path):
    b = NativeBackend(threads, path)
    dz = uniform("blocks dz", (3, 5, 530), dtype)[:, :, :outputs]
    x = uniform("blocks x", (3, 5, 530), dtype)[:, :, :inputs]
    found = b.outer_sum(dz, x)
    for i in [place for place in PLACES if place < outputs]:
        j = PLACES[(i * 7) % len(PLACES)] % inputs
        wanted = sums.outer_sum(dz[:, :, i : i + 1], x[:, :, j : j + 1])
        assert words(found[i : i + 1, j : j + 1]) == words(wanted), (i, j)


@every_path
@every_dtype
@pytest.mark.parametrize("events", [1, 2, 9, 130])
@pytest.mark.parametrize("steps", [1, 15, 16, 33, 40])
def test_few_events_of_many_steps_and_many_events_share_one_order(events, steps, dtype, path):
    b = NativeBackend(1, path)
    dz, x = (uniform(name, (events, steps, 20), dtype) for name in ("order dz", "order x"))
    found = b.outer_sum(dz, x)
    for i, j in ((0, 0), (7, 17), (19, 19)):
        wanted = sums.outer_sum(dz[:, :, i : i + 1], x[:, :, j : j + 1])
        assert words(found[i : i + 1, j : j + 1]) == words(wanted), (i, j)


@every_path
@every_dtype
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("thinned", [False, True])
def test_what_a_matrix_saw_is_the_state_one_step_earlier(thinned, reverse, dtype, path):
    b = NativeBackend(1, path)
    lengths = np.array([4, 0, 1, 3, 2], np.int64)
    events, steps, units = len(lengths), 4, 5
    dz, y = (uniform(name, (events, steps, units), dtype) for name in ("seen dz", "seen y"))
    first, drop = (uniform(name, (events, units), dtype) for name in ("seen h0", "seen k"))
    saw = np.zeros_like(y)
    for e, valid in enumerate(lengths):
        order = range(valid - 1, -1, -1) if reverse else range(valid)
        for before, t in zip([None, *order], order, strict=False):
            h = first[e] if before is None else y[e, before]
            saw[e, t] = h * drop[e] if thinned else h
        y[e, valid:] = np.nan
        dz[e, valid:] = 0
    found = np.empty((units, units), dtype)
    b.engine.outer_sum(dz, y, found, first, reverse, lengths, drop if thinned else None)
    assert np.array_equal(words(found), words(sums.outer_sum(dz, saw)))
