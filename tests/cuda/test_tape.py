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


@pytest.mark.usefixtures("device_model")
def test_first_states_may_be_zeros_that_were_written_to_and_may_lie_turned() -> None:
    layer = LAYERS["lstm"](name="cell", type="lstm", units=3)
    q = asked(layer, "float32", 2, steps=2)
    b = choose("cuda")
    want, final, _ = choose("native").call(
        type(layer).formula, layer, q.p, q.z, q.start, q.order, None, False, None
    )
    with b.computing():
        h = b.zeros((2, 3), "float32")
        h[...] = b.array(q.start["h"])
        start = {"h": h, "c": b.array(q.start["c"].T).T}
        p = {name: b.array(array) for name, array in q.p.items()}
        y, last, _ = b.call(
            type(layer).formula, layer, p, b.array(q.z), start, q.order, None, False, None
        )
        same(b.numpy(y), want)
        for name, array in final.items():
            same(b.numpy(last[name]), array)


@pytest.mark.usefixtures("device_model")
def test_what_is_made_once_is_kept_but_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    b: Any = choose("cuda")
    asked_for: list[int] = []

    def make(_: Any, number: int) -> int:
        asked_for.append(number)
        return number * 10

    monkeypatch.setattr("netspec.backends.cuda.MOST_KEPT", 3)
    found = [b.once(make, number) for number in (1, 1, 2, 3, 4, 4, 1)]
    assert found == [10, 10, 20, 30, 40, 40, 10]
    assert asked_for == [1, 2, 3, 4, 1]
    assert len(b._once) <= 3
