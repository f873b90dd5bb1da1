"""The ways back through time on a GPU, by rows, give the bits of the backend `native`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from netspec.backends import choose, known
from netspec.backends.cuda import back_tiles, row_plan, sweeps, sweeps_back
from netspec.backends.cuda.back_tiles import Tile, Work
from netspec.layers.gru import GRU
from netspec.layers.lstm import LSTM
from netspec.layers.rnn import RNN

from ..contract import recurrent
from .bits import same

pytestmark = pytest.mark.skipif("native" not in known(), reason="the kernels were not compiled")

LAYERS: dict[str, Any] = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
ELU = {"type": "elu", "alpha": 0.7}
LEAKY = {"type": "leaky_relu", "slope": 0.2}
GELU = {"type": "gelu", "approximate": "tanh"}
HARD = {"type": "hard_sigmoid", "slope": 0.25}
SHARED = 232448  # bytes that a block of an H100 may ask for


class Question(NamedTuple):
    """A cell and what it walks back over, in NumPy arrays; dy is None where no step adds any."""

    layer: Any
    p: dict[str, Any]
    z: Any
    start: dict[str, Any]
    dy: Any
    dfinal: dict[str, Any]
    lengths: Any
    drop: Any
    reverse: bool

    @property
    def order(self) -> range:
        steps = self.z.shape[1]
        return range(steps - 1, -1, -1) if self.reverse else range(steps)

    @property
    def mask(self) -> Any:
        steps = self.z.shape[1]
        return None if self.lengths is None else np.arange(steps) < self.lengths[:, None]

    @property
    def slopes(self) -> Any:
        """Give dy, or the zeros that it stands for."""
        shape = (*self.z.shape[:2], self.layer.units)
        return np.zeros(shape, self.z.dtype) if self.dy is None else self.dy


def asked(
    layer: Any,
    dtype: str,
    batch: int,
    *,
    steps: int = 3,
    lengths: bool = False,
    drop: bool = False,
    reverse: bool = False,
    dy: bool = True,
) -> Question:
    """Draw weights, the input's share, first states and slopes."""
    draw = np.random.default_rng(batch * 1000 + layer.units)
    n, gates = layer.units, max(1, len(layer.gates))

    def numbers(*shape: int) -> Any:
        return draw.uniform(-1, 1, shape).astype(dtype)

    p = {"U": numbers(gates, n, n)} | ({"b_state": numbers(gates, n)} if layer.state_bias else {})
    p = {name: array[0] for name, array in p.items()} if layer.type == "rnn" else p
    k = np.where(draw.uniform(size=(batch, n)) < 0.3, 0, 1 / 0.7).astype(dtype) if drop else None
    return Question(
        layer,
        p,
        numbers(batch, steps, gates * n) * 2,
        {name: numbers(batch, n) for name in layer.carried},
        numbers(batch, steps, n) if dy else None,
        {name: numbers(batch, n) for name in layer.carried},
        np.arange(batch, dtype=np.int64) % (steps + 1) if lengths else None,
        k,
        reverse,
    )


def native(q: Question) -> tuple[Any, Any]:
    """Give the tape of the backend `native`; dz, the slopes in weights and in first states."""
    b, layer = choose("native"), q.layer
    way, way_back = type(layer).formula, type(layer).formula_back
    tape = b.call(way, layer, q.p, q.z, q.start, q.order, q.mask, True, q.drop)[2]
    found = b.call(way_back, layer, q.p, tape, q.slopes, q.dfinal, q.order, q.mask, q.drop)
    return tape, found


def brought(b: Any, value: Any) -> Any:
    """Bring an array, or those of a dictionary, to the GPU, bare."""
    if isinstance(value, dict):
        return {name: brought(b, array) for name, array in value.items()}
    return None if value is None else b.array(np.array(value, order="C")).bare


def askew(b: Any, array: Any) -> Any:
    """Bring an array to where the longest copies may not begin."""
    flat = array.reshape(-1)
    return brought(b, np.concatenate([flat[:1], flat]))[1:].reshape(array.shape)


def tape_on(b: Any, q: Question, tape: Any) -> sweeps.Tape:
    """Bring a tape to the GPU: NaN stands where no step was, but in y; rnn's gates are y."""

    def array(name: str) -> Any:
        found = getattr(tape, name)
        if found is None or (name == "gates" and q.layer.type == "rnn"):
            return None
        if q.mask is not None and name in ("gates", "before", "cells", "m"):
            found = np.where(q.mask[:, :, None], found, found.dtype.type(np.nan))
        return brought(b, found)

    return sweeps.Tape(*map(array, sweeps.Tape._fields))


def by_rows(b: Any, q: Question, tile: Tile | None, in_place: bool = False) -> None:
    """Walk back, cut by a tile, or the one chosen; hold dz and more to those of native."""
    tape, (dz, _, start) = native(q)
    with b.computing():
        on, dfinal = tape_on(b, q, tape), brought(b, q.dfinal)
        lengths, drop, dy, U = (brought(b, a) for a in (q.lengths, q.drop, q.dy, q.p["U"]))
        work = sweeps_back.work_of(q.layer, on, dy, lengths)
        on_gpu = b.kernels.multiprocessors, b.kernels.shared_per_block
        tile = tile or back_tiles.tile_for(work, len(q.z), *on_gpu)
        assert tile is not None
        out = on.gates if in_place else b.cupy.full(dz.shape, np.nan, dz.dtype)
        ds = b.cupy.full(q.slopes.shape, np.nan, dz.dtype) if work.reset_after else None
        dh, dc = dfinal["h"], dfinal.get("c")
        sweeps_back.walk(
            b, q.layer, work, tile, U, lengths, drop, on, dy, (dh, dc), dh, dc, out, ds, q.reverse
        )
        same(b.numpy(b.own(out)), dz, "dz")
        for name, array in start.items():
            same(b.numpy(b.own(dfinal[name])), array, name)
        if ds is not None:  # what the candidate was told, times r
            n = q.layer.units
            r = np.where(True if q.mask is None else q.mask[:, :, None], tape.gates, 0)[..., :n]
            same(b.numpy(b.own(ds)), dz[..., 2 * n :] * r, "ds")


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any], Tile]] = [
    ("lstm", {"units": 10}, "float32", {"batch": 40, "lengths": True},
     Tile(4, 1, 3, 1, 2, 2, 32)),
    ("lstm", {"units": 33, "forget_bias": 1.0, "activation": ELU, "gate_activation": HARD},
     "float64", {"batch": 7, "drop": True, "reverse": True}, Tile(2, 2, 9, 1, 2, 1, 4)),
    ("lstm", {"units": 130, "cell_activation": "softsign"}, "float32",
     {"batch": 7, "dy": False}, Tile(8, 1, 17, 2, 1, 1, 16, 3, 3)),
    ("lstm", {"units": 64}, "float32", {"batch": 40, "lengths": True, "reverse": True},
     Tile(4, 2, 8, 1, 1, 1, 32)),
    ("lstm", {"units": 1}, "float64", {"batch": 1, "steps": 5}, Tile(1, 1, 1, 1, 1, 2, 32)),
    ("gru", {"units": 33, "state_bias": True, "gate_activation": "softsign"}, "float32",
     {"batch": 7, "lengths": True, "drop": True, "reverse": True}, Tile(4, 1, 9, 1, 1, 1, 4)),
    ("gru", {"units": 130}, "float64", {"batch": 2, "lengths": True, "dy": False},
     Tile(4, 2, 17, 2, 1, 2, 16, 0, 2)),
    ("gru", {"units": 10}, "float32", {"batch": 2}, Tile(1, 1, 3, 1, 1, 2, 32)),
    ("gru", {"units": 10, "reset_after": True, "activation": GELU}, "float32",
     {"batch": 40, "lengths": True, "drop": True}, Tile(2, 2, 2, 1, 1, 1, 8)),
    ("gru", {"units": 130, "reset_after": True, "state_bias": True}, "float32",
     {"batch": 7, "dy": False, "reverse": True}, Tile(2, 2, 17, 1, 2, 1, 32, 5, 3)),
    ("rnn", {"units": 130, "activation": LEAKY}, "float32",
     {"batch": 7, "lengths": True, "reverse": True}, Tile(8, 1, 11, 3, 1, 2, 8, 2, 2)),
    ("rnn", {"units": 3}, "float64", {"batch": 7, "drop": True, "dy": False},
     Tile(2, 1, 2, 1, 3, 1, 2)),
]  # fmt: skip

LARGE: list[tuple[str, dict[str, Any], str, dict[str, Any], Tile | None]] = [
    ("lstm", {"units": 32}, "float32", {"batch": 20_000, "steps": 20, "dy": False}, None),
    ("lstm", {"units": 10}, "float32", {"batch": 20_000, "steps": 10, "lengths": True}, None),
    ("lstm", {"units": 128}, "float32", {"batch": 4096, "steps": 20}, None),
    ("lstm", {"units": 64}, "float64", {"batch": 1000, "steps": 20, "drop": True}, None),
    ("gru", {"units": 100}, "float32", {"batch": 4096, "steps": 10, "lengths": True}, None),
    ("gru", {"units": 64, "reset_after": True}, "float32", {"batch": 5000, "reverse": True}, None),
    ("rnn", {"units": 300, "activation": ELU}, "float32", {"batch": 3000, "steps": 10}, None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "said", "dtype", "data", "tile"), CASES)
def test_every_tile_gives_the_bits_of_native(
    device_model: Any, cell: str, said: Any, dtype: str, data: Any, tile: Tile
) -> None:
    by_rows(choose("cuda"), asked(LAYERS[cell](**said), dtype, **data), tile)


@pytest.mark.gpu
@pytest.mark.parametrize(("cell", "said", "dtype", "data", "tile"), [*CASES, *LARGE])
def test_every_tile_gives_the_bits_of_native_on_a_gpu(
    cell: str, said: Any, dtype: str, data: Any, tile: Tile | None
) -> None:
    by_rows(choose("cuda"), asked(LAYERS[cell](**said), dtype, **data), tile)


@pytest.mark.parametrize("case", [3, 8], ids=["lstm", "gru"])
def test_slopes_may_take_the_place_of_the_gates(device_model: Any, case: int) -> None:
    cell, said, dtype, data, tile = CASES[case]
    by_rows(choose("cuda"), asked(LAYERS[cell](**said), dtype, **data), tile, in_place=True)


@pytest.mark.parametrize("cell", LAYERS)
def test_the_twin_gives_what_the_plain_model_of_the_contract_gives(
    device_model: Any, cell: str
) -> None:
    layer = LAYERS[cell](units=3, state_bias=True, bias=False, return_sequences=True)
    q = asked(layer, "float32", 5, lengths=True)
    # One number for each event and step: its product with a column is that column, times it.
    x = q.z[:, :, :1]
    W = q.z[0, 0].reshape(*q.p["b_state"].shape, 1)
    q = q._replace(z=x * W.reshape(-1))
    ran = recurrent.one_way(layer, {**q.p, "W": W}, x, q.lengths.tolist(), q.start, False, None)
    _, weights, start = ran[2](q.dy, q.dfinal)
    b = choose("cuda")
    with b.computing():
        p, dy, dfinal, mask = (brought(b, one) for one in (q.p, q.dy, q.dfinal, q.mask))
        tape = tape_on(b, q, native(q)[0])
        found = sweeps_back.sweep_back(b, layer, p, tape, dy, dfinal, q.order, mask)
        for name in ("U", "b_state"):
            array = b.numpy(b.own(found[1][name]))
            same(array.reshape(weights[name].shape), weights[name], name)
        for name, array in start.items():
            same(b.numpy(b.own(found[2][name])), array, name)


@pytest.mark.parametrize("reset_after", [False, True])
def test_the_twin_gives_all_that_native_gives(device_model: Any, reset_after: bool) -> None:
    layer = GRU(units=10, reset_after=reset_after, state_bias=True, activation=GELU)
    q = asked(layer, "float32", 40, lengths=True, drop=True, reverse=True)
    tape, (dz, weights, start) = native(q)
    b = choose("cuda")
    with b.computing():
        dfinal, mask, drop = (brought(b, one) for one in (q.dfinal, q.mask, q.drop))
        p, dy, on = {"U": askew(b, q.p["U"])}, askew(b, q.dy), tape_on(b, q, tape)
        found = sweeps_back.sweep_back(b, layer, p, on, dy, dfinal, q.order, mask, drop)
        same(b.numpy(b.own(found[0])), dz, "dz")
        for name, array in weights.items():
            same(b.numpy(b.own(found[1][name])).reshape(array.shape), array, name)
        same(b.numpy(b.own(found[2]["h"])), start["h"], "h")


def test_a_tape_that_the_formula_made_is_left_to_it() -> None:
    left: Any = sweeps_back.sweep_back(None, LSTM(units=2), {}, [], None, {}, range(1), None)
    assert left is NotImplemented


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("cell", LAYERS)
def test_what_comes_forward_by_rows_comes_back_by_rows(cell: str, size: int) -> None:
    for units in (1, 7, 130, 515, 1024, 1500, 2048, 4096):
        for reset_after in (False, True) if cell == "gru" else (False,):
            there = row_plan.work(cell, units, 0, size, reset_after=reset_after, tape=True)
            work = Work(cell, units, size, reset_after, before=True, dy=True, masked=True)
            tile = back_tiles.tile_for(work, 1, 132, SHARED)
            assert tile or row_plan.choose(there, 1, 132, SHARED) is None, (units, reset_after)


@pytest.mark.parametrize("batch", [1, 100, 4096, 1_000_000])
def test_the_tile_that_is_chosen_has_every_unit_and_fits(batch: int) -> None:
    for units in (1, 10, 33, 64, 128, 300):
        work = Work("lstm", units, 4)
        tile = back_tiles.tile_for(work, batch, 132, SHARED)
        assert tile is not None
        assert tile.columns(work) >= units
        assert tile.shared(work) <= SHARED
        assert tile.threads * tile.registers(work) <= 65536
