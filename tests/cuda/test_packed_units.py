"""Weights as the sweeps by rows read them: packed once for each cut, and there for every stream."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from netspec.backends import choose
from netspec.backends.cuda import row_plan
from netspec.backends.cuda.packed_units import Weights

SHARED = 101376  # bytes that a block of the smallest of the GPUs may ask for


@pytest.fixture
def b(device_model: Any) -> Any:
    return choose("cuda")


def wanted(matrix: Any, work: row_plan.Work, wide: int) -> Any:
    """Write down where `pack_units.cu` says that a weight stands, gate by gate and unit by unit."""
    parts, before = [], 0
    groups, terms = -(-work.units // wide), matrix.shape[-1]
    for gates in filter(None, work.gates):
        piece = row_plan.piece(work, gates, wide)
        part = np.zeros((terms, gates * wide // piece, groups, piece), matrix.dtype)
        for k, unit, gate in product(range(terms), range(work.units), range(gates)):
            q = unit // groups * gates + gate
            part[k, q // piece, unit % groups, q % piece] = matrix[before + gate, unit, k]
        whole = row_plan.whole_packs(work, part.size)
        parts.append(np.resize(part.reshape(-1), whole))
        parts[-1][part.size :] = 0
        before += gates
    return np.concatenate(parts)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("cell", "units"), [("rnn", 3), ("lstm", 5), ("gru", 5)])
def test_every_width_of_a_thread_has_an_order_of_its_own(
    b: Any, cell: str, units: int, dtype: str
) -> None:
    work = row_plan.work(cell, units, 0, np.dtype(dtype).itemsize)
    U = np.random.default_rng(units).normal(size=(sum(work.gates), units, units)).astype(dtype)
    with b.computing():
        weights = Weights(b, {"U": b.array(U).bare})
        for wide in (1, 2, 4, 1):
            found = weights.packed("U", work, wide).get()
            assert found.tobytes() == wanted(U, work, wide).tobytes()
        assert weights.packed("U", work, 2) is weights.packed("U", work, 2)


def test_what_one_stream_has_packed_is_there_for_another(b: Any) -> None:
    work = row_plan.work("lstm", 3, 0, 4)
    U = np.arange(36, dtype="float32").reshape(4, 3, 3)
    with b.computing():
        weights = Weights(b, {"U": b.array(U).bare}, lasting=True)
        first, second = (b.cupy.cuda.Stream(non_blocking=True) for _ in range(2))
        with first:
            weights.packed("U", work, 1)
        with second:
            found = weights.packed("U", work, 1).get()
    assert found.tobytes() == wanted(U, work, 1).tobytes()


def test_slabs_of_every_plan_are_whole_pieces_of_sixteen_bytes() -> None:
    streamed = 0
    for cell, units, size in product(row_plan.ACTIVATIONS, (61, 127, 129, 255, 301), (4, 8)):
        work = row_plan.work(cell, units, 0, size)
        for plan in row_plan.plans(work, 10_000, 132, SHARED):
            if plan.resident == units:
                continue
            streamed += 1
            for gates in work.gates:
                numbers = plan.slab * row_plan.width(work, gates, plan.tile.wide)
                assert numbers * size % 16 == 0, (work, plan)
    assert streamed > 100
