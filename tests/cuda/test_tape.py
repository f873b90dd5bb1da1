"""A sweep on a GPU keeps what its way back asks for, and writes over nothing that a caller gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netspec.backends import choose
from tests.contract.asking import only_where_compiled

from .bits import same
from .test_sweeps_back import ELU, GELU, HARD, LAYERS, Question, asked, native

pytestmark = only_where_compiled

CELLS: list[tuple[str, dict[str, Any]]] = [
    ("lstm", {}),
    ("lstm", {"gate_activation": GELU}),
    ("lstm", {"activation": ELU, "gate_activation": GELU, "forget_bias": 1.0}),
    ("lstm", {"activation": "softmax"}),
    ("lstm", {"gate_activation": "softmax"}),
    ("lstm", {"cell_activation": "softmax"}),
    ("gru", {"gate_activation": ELU, "activation": HARD}),
    ("gru", {"reset_after": True, "gate_activation": GELU}),
    ("gru", {"activation": "softmax"}),
    ("rnn", {"activation": GELU}),
    ("rnn", {"activation": "softmax"}),
]


def on_gpu(q: Question) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Go there and back on the GPU; hold what was given to what it was before."""
    b = choose("cuda")
    way, way_back = type(q.layer).formula, type(q.layer).formula_back
    with b.computing():
        p, z, start, dy, dfinal = (
            {k: b.array(a) for k, a in one.items()} if isinstance(one, dict) else b.array(one)
            for one in (q.p, q.z, q.start, q.slopes, q.dfinal)
        )
        mask = None if q.mask is None else b.array(q.mask)
        _, _, tape = b.call(way, q.layer, p, z, start, q.order, mask, True, None)
        found = b.call(way_back, q.layer, p, tape, dy, dfinal, q.order, mask, None)
        for given, was in ((start, q.start), (dfinal, q.dfinal), (p, q.p)):
            for name, array in given.items():
                same(b.numpy(array), was[name])
        dz, weights, first = found
        return (
            b.numpy(dz),
            {k: b.numpy(a) for k, a in weights.items()},
            {k: b.numpy(a) for k, a in first.items()},
        )


@pytest.mark.usefixtures("device_model")
@pytest.mark.parametrize("lengths", [False, True])
@pytest.mark.parametrize(("cell", "said"), CELLS)
def test_there_and_back_any_activations_give_the_bits_of_native(
    cell: str, said: dict[str, Any], lengths: bool
) -> None:
    layer = LAYERS[cell](name="cell", type=cell, units=3, **said)
    # Events of no step, of one, and of all; the last step first where all have all.
    q = asked(layer, "float32", 3, steps=2, lengths=lengths, reverse=not lengths)
    dz, weights, first = native(q)[1]
    found = on_gpu(q)
    same(found[0], dz)
    for got, want in ((found[1], weights), (found[2], first)):
        assert got.keys() == want.keys()
        for name, array in want.items():
            same(got[name].reshape(np.shape(array)), array)
