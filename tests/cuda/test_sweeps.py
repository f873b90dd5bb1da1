"""The sweeps by rows on a GPU give the bits of the backend `native`, whatever the cut."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from netspec.backends import choose, known
from netspec.backends.cuda import row_plan, sweep_plan, sweeps
from netspec.backends.cuda.packed_units import Weights
from netspec.layers.gru import GRU
from netspec.layers.lstm import LSTM
from netspec.layers.rnn import RNN

from ..contract import recurrent

pytestmark = pytest.mark.skipif("native" not in known(), reason="the kernels were not compiled")

LAYERS: dict[str, Any] = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
RATIONAL = {"type": "tanh", "form": "rational"}
ELU = {"type": "elu", "alpha": 0.7}
LEAKY = {"type": "leaky_relu", "slope": 0.2}
HARD = {"type": "hard_sigmoid", "slope": 0.25}
GELU = {"type": "gelu", "approximate": "tanh"}


class Question(NamedTuple):
    """A cell, its weights and what it runs over, in NumPy arrays."""

    layer: Any
    p: dict[str, Any]
    x: Any
    start: dict[str, Any]
    lengths: Any
    drop: Any
    reverse: bool

    @property
    def mask(self) -> Any:
        steps = np.arange(self.x.shape[1])
        return None if self.lengths is None else steps < self.lengths[:, None]

    @property
    def order(self) -> range:
        return range(self.x.shape[1])[:: -1 if self.reverse else 1]


def asked(
    layer: Any,
    dtype: str,
    batch: int,
    features: int,
    *,
    steps: int = 3,
    lengths: bool = False,
    drop: bool = False,
    reverse: bool = False,
) -> Question:
    """Draw weights, events and first states; what lies beyond a sequence's end is NaN."""
    draw = np.random.default_rng(batch * 1000 + layer.units)
    n, gates = layer.units, max(1, len(layer.gates))

    def numbers(*shape: int) -> Any:
        return draw.uniform(-1, 1, shape).astype(dtype)

    p = {"W": numbers(gates, n, features), "U": numbers(gates, n, n), "b": numbers(gates, n)}
    if layer.type == "rnn":
        p = {name: array[0] for name, array in p.items()}
    if layer.state_bias:
        p["b_state"] = numbers(*p["b"].shape)
    x, valid = numbers(batch, steps, features), None
    if lengths:
        valid = np.arange(batch, dtype=np.int64) % (steps + 1)
        x[np.arange(steps) >= valid[:, None]] = np.nan
    k = np.where(draw.uniform(size=(batch, n)) < 0.3, 0, 1 / 0.7).astype(dtype) if drop else None
    start = {name: numbers(batch, n) for name in layer.carried}
    return Question(layer, p, x, start, valid, k, reverse)


def share_of_input(q: Question) -> Any:
    """Give z = W x + b, by the backend `native`."""
    W, b = q.p["W"].reshape(-1, q.x.shape[-1]), q.p["b"].reshape(-1)
    return choose("native").product(q.x, W, b)


def wanted(q: Question, keep: bool) -> Any:
    """Give y, final states and tape of the backend `native`."""
    formula, z = type(q.layer).formula, share_of_input(q)
    return choose("native").call(formula, q.layer, q.p, z, q.start, q.order, q.mask, keep, q.drop)


def same(found: Any, wanted: Any, valid: Any = None) -> None:
    """Hold one array to another, bit by bit, or only at valid steps."""
    assert (found is None) == (wanted is None)
    if found is not None:
        found, wanted = (np.asarray(a) for a in (found, wanted))
        if valid is not None:
            found, wanted = found[valid], wanted[valid]
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
        assert found.tobytes() == wanted.tobytes()


def by_rows(
    b: Any, q: Question, tile: Any, keep: bool, fused: bool, held: int, resident: Any
) -> None:
    """Launch the sweep with a cut of its own, and hold all that it writes to `wanted`."""
    layer, features = q.layer, q.x.shape[-1]
    size, batch = q.x.dtype.itemsize, len(q.x)
    given = q.x if fused else share_of_input(q)
    work = sweep_plan.work_of(layer, size, features * fused, drop=q.drop is not None)
    plan = row_plan.cut(
        work, batch, 132, 232448, row_plan.Tile(*tile), held=held, resident=resident
    )
    assert plan is not None
    assert resident is None or plan.resident == resident
    with b.computing():
        on = {name: b.array(a).bare for name, a in q.start.items()}
        h, c = on["h"], on.get("c")
        y = b.cupy.empty((batch, q.x.shape[1], layer.units), q.x.dtype)
        tape = sweeps.empty_tape(b, layer, y, h, c, share_of_input(q).shape[-1]) if keep else None
        weights = Weights(b, {name: b.array(a) for name, a in q.p.items()})
        lengths, drop = (None if a is None else b.array(a).bare for a in (q.lengths, q.drop))
        x = b.array(given).bare
        final = sweeps.room_for(b, layer, batch, q.x.dtype)
        sweeps.launch(
            b, layer, plan, weights, x, lengths, drop, (h, c), final, y, tape, q.reverse,
            features * fused,
        )  # fmt: skip
        compared(b, q, (y, dict(zip(layer.carried, final, strict=False)), tape), keep)


def compared(b: Any, q: Question, found: Any, keep: bool) -> None:
    """Hold y, final states and the tape to those of the backend `native`."""
    y, final, tape = wanted(q, keep)
    same(b.numpy(found[0]), y)
    assert found[1].keys() == final.keys()
    for name, array in final.items():
        same(b.numpy(found[1][name]), array)
    for name in ("before", "cells", "m", "h0", "c0", "gates") if keep else ():
        array = getattr(found[2], name)
        if name != "gates" or q.layer.type != "rnn":
            valid = q.mask if name not in ("h0", "c0") else None
            same(None if array is None else b.numpy(array), getattr(tape, name), valid)


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    ("lstm", {"units": 10}, "float32", {"batch": 40, "features": 4},
     {"tile": (8, 2, 2), "fused": True}),
    ("lstm", {"units": 33, "state_bias": True, "forget_bias": 1.0, "gate_activation": HARD},
     "float64", {"batch": 7, "features": 3, "lengths": True, "drop": True, "reverse": True},
     {"tile": (4, 2, 1), "keep": True, "resident": 32}),
    ("lstm", {"units": 130, "cell_activation": "softsign"}, "float32",
     {"batch": 2, "features": 2, "lengths": True}, {"tile": (2, 2, 1), "keep": True, "held": 12}),
    ("lstm", {"units": 1, "activation": ELU}, "float64", {"batch": 1, "features": 3, "steps": 5},
     {"tile": (1, 1, 1), "keep": True}),
    ("gru", {"units": 32}, "float32", {"batch": 7, "features": 3, "lengths": True},
     {"tile": (4, 2, 1), "fused": True}),
    ("gru", {"units": 33, "state_bias": True, "activation": GELU}, "float32",
     {"batch": 7, "features": 3, "drop": True, "reverse": True},
     {"tile": (2, 2, 3), "keep": True, "held": 32, "resident": 32}),
    ("gru", {"units": 130}, "float64", {"batch": 3, "features": 2, "lengths": True},
     {"tile": (4, 2, 1), "keep": True}),
    ("gru", {"units": 10, "reset_after": True, "state_bias": True, "activation": ELU}, "float32",
     {"batch": 7, "features": 3, "drop": True, "lengths": True},
     {"tile": (1, 1, 3), "keep": True, "held": 8}),
    ("gru", {"units": 130, "reset_after": True}, "float64", {"batch": 2, "features": 2},
     {"tile": (2, 2, 1), "resident": 64}),
    ("rnn", {"units": 130, "state_bias": True, "activation": RATIONAL}, "float32",
     {"batch": 7, "features": 2, "lengths": True, "reverse": True},
     {"tile": (8, 4, 1), "keep": True}),
    ("rnn", {"units": 3, "activation": LEAKY}, "float64", {"batch": 40, "features": 140},
     {"tile": (2, 1, 4), "fused": True, "keep": True}),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "said", "dtype", "data", "cut"), CASES)
def test_every_cut_gives_the_bits_of_native(
    cupy: Any, cell: str, said: Any, dtype: str, data: Any, cut: Any
) -> None:
    q = asked(LAYERS[cell](name="cell", type=cell, **said), dtype, **data)
    cut = {"keep": False, "fused": False, "held": 0, "resident": None, **cut}
    by_rows(choose("cuda"), q, **cut)


@pytest.mark.parametrize("cell", LAYERS)
def test_the_twin_gives_what_the_plain_model_of_the_contract_gives(cupy: Any, cell: str) -> None:
    q = asked(LAYERS[cell](name="cell", type=cell, units=3), "float32", 2, 2, lengths=True)
    o = q.layer.model_copy(update={"return_sequences": True})
    y, final, _ = recurrent.one_way(o, q.p, q.x, q.lengths.tolist(), q.start, q.reverse, None)
    b = choose("cuda")
    with b.computing():
        z, mask = (b.array(a).bare for a in (share_of_input(q), q.mask))
        p, start = ({k: b.array(v).bare for k, v in d.items()} for d in (q.p, q.start))
        found = sweeps.sweep(b, q.layer, p, z, start, q.order, mask, False)
        same(b.numpy(found[0]), y)
        for name, array in final.items():
            same(b.numpy(found[1][name]), array)


@pytest.mark.parametrize("ahead", [0.0, 1e9])
def test_what_the_input_says_is_summed_in_the_sweep_or_ahead(
    cupy: Any, monkeypatch: pytest.MonkeyPatch, ahead: float
) -> None:
    q = asked(LSTM(name="cell", type="lstm", units=10), "float32", 7, 4, lengths=True, reverse=True)
    monkeypatch.setattr(sweep_plan, "_cycles_ahead", lambda *_: ahead)
    b = choose("cuda")
    with b.computing():
        weights = Weights(b, {name: b.array(array) for name, array in q.p.items()})
        room = b.array(np.full((7, 3, 15), 9.0, np.float32)).bare
        x, lengths = b.array(q.x).bare, b.array(q.lengths).bare
        start = {name: b.array(array).bare for name, array in q.start.items()}
        final = sweeps.run(b, q.layer, weights, x, start, lengths, True, room)
        compared(b, q, (room[..., :10], final, None), False)
        assert np.all(b.numpy(room[..., 10:]) == 9.0)
        for name, array in q.start.items():
            same(b.numpy(start[name]), array)


@pytest.mark.parametrize("units", [1, 3, 10, 32, 33, 64, 130, 256, 512, 1024, 2048])
def test_no_plan_asks_for_more_than_a_gpu_has(units: int) -> None:
    for cell, after in (("rnn", False), ("lstm", False), ("gru", False), ("gru", True)):
        sizes = ((0, 4, 1), (30, 4, 1000), (0, 8, 7), (140, 8, 100_000), (0, 8, 100_000))
        for features, size, batch in sizes:
            work = row_plan.work(cell, units, features, size, reset_after=after)
            plan = row_plan.choose(work, batch, 132, 232448)
            if plan is None:
                assert features or units * size >= 4096
                continue
            assert plan.blocks * (plan.shared + 1024) <= 233472
            assert plan.threads <= 512
            assert 0 <= plan.held <= plan.resident <= units
            assert plan.resident == units or plan.resident % plan.slab == 0
            assert 0 < plan.cycles < 1e9


@pytest.mark.parametrize("cell", LAYERS)
def test_nan_and_infinity_go_where_they_go_on_native(cupy: Any, cell: str) -> None:
    q = asked(LAYERS[cell](name="cell", type=cell, units=3, activation="relu"), "float32", 7, 2)
    q.x[:5, 1, 0] = [np.nan, np.inf, -np.inf, 3e38, -1e-45]
    b = choose("cuda")
    with np.errstate(all="ignore"), b.computing():
        p, start = ({k: b.array(v).bare for k, v in d.items()} for d in (q.p, q.start))
        z = b.array(share_of_input(q)).bare
        found, want = sweeps.sweep(b, q.layer, p, z, start, q.order, None, True), wanted(q, True)
        assert np.isnan(want[0]).any()
        np.testing.assert_array_equal(b.numpy(found[0]), want[0])
        for name, array in want[1].items():
            np.testing.assert_array_equal(b.numpy(found[1][name]), array)


@pytest.mark.parametrize(("batch", "steps"), [(0, 3), (2, 0)])
def test_no_events_and_no_steps_are_swept_over(cupy: Any, batch: int, steps: int) -> None:
    q = asked(LSTM(name="cell", type="lstm", units=3), "float32", batch, 2, steps=steps)
    b = choose("cuda")
    with b.computing():
        weights = Weights(b, {name: b.array(array) for name, array in q.p.items()})
        start = {name: b.array(array).bare for name, array in q.start.items()}
        y = b.cupy.empty((batch, steps, 3), "float32")
        final = sweeps.run(b, q.layer, weights, b.array(q.x).bare, start, None, False, y)
        for name, array in q.start.items():
            same(b.numpy(final[name]), array)


LARGE: list[tuple[str, int, int, int, int, str]] = [
    ("lstm", 10, 100_000, 10, 30, "float32"),
    ("lstm", 32, 200_000, 5, 10, "float32"),
    ("lstm", 128, 4096, 10, 64, "float32"),
    ("gru", 64, 5000, 10, 20, "float32"),
    ("rnn", 200, 3000, 10, 20, "float32"),
    ("lstm", 256, 300, 10, 64, "float64"),
    ("lstm", 512, 64, 5, 64, "float32"),
]


@pytest.mark.gpu
@pytest.mark.parametrize(("cell", "units", "batch", "steps", "features", "dtype"), LARGE)
def test_large_batches_and_layers_give_the_bits_of_native(
    cell: str, units: int, batch: int, steps: int, features: int, dtype: str
) -> None:
    layer = LAYERS[cell](name="cell", type=cell, units=units)
    q = asked(layer, dtype, batch, features, steps=steps, lengths=True)
    b = choose("cuda")
    with b.computing():
        p, start = ({k: b.array(v).bare for k, v in d.items()} for d in (q.p, q.start))
        z, mask, x, lengths = (b.array(a).bare for a in (share_of_input(q), q.mask, q.x, q.lengths))
        compared(b, q, sweeps.sweep(b, layer, p, z, start, q.order, mask, True), True)
        y = b.cupy.empty((batch, steps, units), dtype)
        final = sweeps.run(b, layer, Weights(b, p), x, start, lengths, False, y)
        compared(b, q, (y, final, None), False)
