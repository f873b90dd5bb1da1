"""Sweeps with U h by the matrix units: near the formulas on NumPy, whose products are rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import netspec
from netspec.backends import choose, known, on
from netspec.backends.cuda import mma_sweep, mma_sweep_back, sweep_plan, sweeps
from netspec.backends.numpy import NumpyBackend
from netspec.precision import BITS

from . import rounding
from .model.compiler import KERNELS
from .together import Question

H100 = (132, 232448)
GELU = {"type": "gelu", "approximate": "tanh"}


class Rounded(NumpyBackend):
    """NumPy, the factors of its products rounded."""

    twins = {}  # noqa: RUF012  the formulas themselves

    def __init__(self, precision: str) -> None:
        super().__init__()
        self.round = rounding.ROUND[precision]

    def product(self, x: Any, W: Any, start: Any = None) -> Any:
        return super().product(self.round(x), self.round(W), start)


def wanted(q: Question, precision: str) -> Any:
    formula, b = type(q.layer).formula, Rounded(precision)
    with np.errstate(all="ignore"):
        return formula(b, q.layer, q.p, q.z, q.start, q.order, q.mask, True, q.drop)


def swept(b: Any, q: Question, rows: int, units: int) -> Any:
    """Sweep with a cut of its own; give y, final states and the tape."""
    n, batch = q.layer.units, len(q.z)
    twice = 1 + (q.layer.type == "gru" and not q.reset_after)
    gates = mma_sweep.GATES[q.layer.type]
    plan = mma_sweep.cut(b.precision, gates, twice, n, batch, 4, rows, units)
    assert plan is not None
    assert plan.shared <= b.kernels.shared_per_block
    with b.computing():
        there = {name: b.array(a.copy()).bare for name, a in q.start.items()}
        h, c = there["h"], there.get("c")
        y = b.cupy.empty((batch, q.z.shape[1], n), "float32")
        tape = sweeps.empty_tape(b, q.layer, y, h, c, q.z.shape[-1])
        p = {name: b.array(a).bare for name, a in q.p.items()}
        z, lengths, drop = (
            None if a is None else b.array(a).bare for a in (q.z, q.lengths, q.drop)
        )
        mma_sweep.sweep(b, q.layer, plan, p, z, lengths, drop, h, c, y, tape, q.reverse)
        return b.numpy(y), {k: b.numpy(a) for k, a in there.items()}, tape


def close(found: Any, wanted: Any, most: float) -> None:
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=most, atol=most)


CASES: list[tuple[str, str, dict[str, Any], dict[str, Any], int, int]] = [
    ("tf32", "lstm", {"units": 40, "forget_bias": 1.0}, {"batch": 37, "lengths": True}, 16, 16),
    ("bf16", "gru", {"units": 33, "state_bias": True}, {"batch": 20, "drop": True}, 16, 16),
    ("tf32", "gru", {"units": 24, "reset_after": True},
     {"batch": 40, "lengths": True, "reverse": True}, 32, 8),
    ("bf16", "rnn", {"units": 70, "state_bias": True, "activation": GELU},
     {"batch": 33, "drop": True, "reverse": True}, 32, 32),
    ("tf32", "lstm", {"units": 50, "state_bias": True}, {"batch": 70, "drop": True}, 48, 24),
]  # fmt: skip


@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize(("precision", "cell", "said", "more", "rows", "units"), CASES)
def test_a_sweep_is_near_its_formula_with_rounded_products(
    precision, cell, said, more, rows, units
):
    b = on("cuda", precision=precision)
    for steps in (1, 4):
        q = Question(cell, said, "float32", steps=steps, **more)
        y, final, tape = swept(b, q, rows, units)
        y_wanted, final_wanted, _ = wanted(q, precision)
        # Of one step all that is rounded is the same; later ones may be a step of r apart.
        most = 2e-5 if steps == 1 else 2 * 2.0 ** -BITS[precision]
        close(y, y_wanted, most)
        assert not y[~q.valid].any()
        for name, array in final_wanted.items():
            close(final[name], array, most)
        if "native" not in known():
            continue
        full = choose("native").call(
            type(q.layer).formula, q.layer, q.p, q.z, q.start, q.order, q.mask, True, q.drop
        )[2]
        for name in ("gates", "before", "cells", "m"):
            array = getattr(tape, name)
            if array is not None and not (cell == "rnn" and name == "gates"):
                kept = b.numpy(array)[q.valid]
                close(kept, getattr(full, name)[q.valid], 16 * 2.0 ** -BITS[precision])


def test_the_cut_fits_and_is_taken_where_it_pays():
    for precision in BITS:
        for gates, meetings in ((1, 1), (4, 1), (3, 2)):
            for n in (64, 100, 128, 512, 1000):
                for batch in (16, 100, 256, 5000):
                    plan = mma_sweep._chosen(precision, gates, meetings, n, batch, *H100)
                    assert plan is not None
                    assert plan.shared <= H100[1]
                    assert plan.slices * plan.tiles <= H100[0]
                    assert plan.slices * plan.units >= n
                    assert plan.threads <= 256
    assert mma_sweep._chosen("tf32", 4, 1, 4096, 64, *H100) is None


@pytest.mark.usefixtures("device_model")
def test_the_backend_chooses_it_for_many_units_only(monkeypatch):
    b, full = on("cuda", precision="tf32"), choose("cuda")
    for one in (b, full):
        monkeypatch.setattr(one.kernels, "multiprocessors", H100[0])
        monkeypatch.setattr(one.kernels, "shared_per_block", H100[1])
    layer = Question("lstm", {"units": 512}, "float32", 1, steps=1).layer
    assert isinstance(sweep_plan.of_z(b, layer, 256, 4), mma_sweep.Plan)
    assert not isinstance(sweep_plan.of_z(b, layer, 256, 8), mma_sweep.Plan)
    assert not isinstance(sweep_plan.of_z(b, layer, 1, 4), mma_sweep.Plan)
    assert not isinstance(sweep_plan.of_z(full, layer, 256, 4), mma_sweep.Plan)
    small = Question("lstm", {"units": 10}, "float32", 1, steps=1).layer
    assert not isinstance(sweep_plan.of_z(b, small, 256, 4), mma_sweep.Plan)


FAULTS = {
    "U of another gate": ("mma_recurrent.h", "(gate * UNITS + o * 8)", "(o * 8)"),
    "the second half of a slab twice": ("mma_recurrent.h", "word + half * 8", "word + 8"),
    "nobody waits for h": ("mma_recurrent.h", "while ((int)(load_acquire(counter) - awaited) < 0)",
                           "while (false)"),
}  # fmt: skip


@pytest.mark.usefixtures("device_model")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_forward(fault, tmp_path, monkeypatch):
    name, before, after = FAULTS[fault]
    text = (KERNELS / "cuda" / name).read_text()
    assert text.count(before) == 1
    folder = tmp_path / "cuda"
    folder.mkdir()
    for file in (*(KERNELS / "cuda").glob("*"), *KERNELS.glob("*.h")):
        to = folder if file.parent.name == "cuda" else tmp_path
        if file.is_file():
            (to / file.name).symlink_to(file)
    (folder / name).unlink()
    (folder / name).write_text(text.replace(before, after))
    from netspec.backends.cuda import kernels

    monkeypatch.setattr(kernels, "SOURCES", tmp_path)
    monkeypatch.setattr(kernels, "_headers", lambda: fault)
    b = on("cuda", precision="tf32")
    q = Question("lstm", {"units": 40}, "float32", 37, steps=4)
    y = swept(b, q, 16, 16)[0]
    assert not np.allclose(y, wanted(q, "tf32")[0], atol=2e-3)


BACK: list[tuple[str, str, dict[str, Any], dict[str, Any], int, int]] = [
    ("tf32", "lstm", {"units": 40}, {"batch": 37, "lengths": True}, 16, 16),
    ("bf16", "gru", {"units": 33}, {"batch": 20, "drop": True, "lengths": True}, 16, 16),
    ("tf32", "gru", {"units": 24, "reset_after": True, "state_bias": True},
     {"batch": 40, "lengths": True, "reverse": True, "drop": True}, 32, 8),
    ("bf16", "rnn", {"units": 70, "activation": GELU},
     {"batch": 33, "drop": True, "reverse": True}, 32, 32),
    ("tf32", "lstm", {"units": 50, "activation": GELU}, {"batch": 70, "dy": False}, 48, 24),
]  # fmt: skip


def swept_back(b: Any, q: Question, rows: int, units: int) -> Any:
    """Walk the tape of `native` backwards; give dz, the slopes in the first state, and ds."""
    cell, (batch, steps, _) = q.layer, q.z.shape
    twice = cell.type == "gru" and not q.reset_after
    plan = mma_sweep_back.cut(b.precision, cell.type, twice, cell.units, batch, 4, rows, units)
    assert plan is not None
    assert plan.shared <= b.kernels.shared_per_block

    def sent(array: Any, series: bool = False) -> Any:
        if array is None:
            return None
        array = array.copy()
        if series:
            array[~q.valid] = np.nan
        return b.array(array).bare

    tape = q.wanted[2]
    tape = tape._replace(
        **{k: sent(getattr(tape, k), True) for k in ("before", "cells", "m")},
        **{k: sent(getattr(tape, k)) for k in ("y", "h0", "c0")},
        gates=None if cell.type == "rnn" else sent(tape.gates, True),
    )
    slopes = {name: sent(array) for name, array in q.dfinal.items()}
    dz = b.cupy.empty(q.z.shape, "float32")
    ds = b.cupy.empty((batch, steps, cell.units), "float32") if q.reset_after else None
    mma_sweep_back.sweep_back(
        b, cell, plan, sent(q.p["U"]), sent(q.lengths), sent(q.drop), tape, sent(q.dy),
        slopes["h"], slopes.get("c"), dz, ds, q.reverse,
    )  # fmt: skip
    start = {name: b.numpy(array) for name, array in slopes.items()}
    return b.numpy(dz), start, None if ds is None else b.numpy(ds)


@pytest.mark.skipif("native" not in known(), reason="the kernels were not compiled")
@pytest.mark.usefixtures("cupy")
@pytest.mark.parametrize(("precision", "cell", "said", "more", "rows", "units"), BACK)
def test_the_way_back_is_near_its_formula_with_rounded_products(
    precision, cell, said, more, rows, units
):
    b = on("cuda", precision=precision)
    for steps in (1, 4):
        q = Question(cell, said, "float32", steps=steps, **more)
        with b.computing(), np.errstate(all="ignore"):
            dz, start, ds = swept_back(b, q, rows, units)
            formula, back = type(q.layer).formula, type(q.layer).formula_back
            full = NumpyBackend()
            tape = formula(full, q.layer, q.p, q.z, q.start, q.order, q.mask, True, q.drop)[2]
            dy = np.zeros((*q.z.shape[:2], q.layer.units), "float32") if q.dy is None else q.dy
            dz_wanted, weights, start_wanted = back(
                Rounded(precision), q.layer, q.p, tape, dy, q.dfinal, q.order, q.mask, q.drop
            )
        # Of one step all that is rounded is the same; earlier ones may be a step of r apart.
        most = 5e-5 if steps == 1 else 8 * 2.0 ** -BITS[precision]
        close(dz, dz_wanted, most)
        assert not dz[~q.valid].any()
        for name, array in start_wanted.items():
            close(start[name], array, most)
        if ds is not None:
            close(ds.sum((0, 1)), weights["b_state"].reshape(3, -1)[2], 100 * most)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["tf32", "bf16"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("batch", "units", "steps"), [(256, 512, 50), (1000, 128, 20)])
def test_on_a_gpu_large_layers_are_near_full_precision(cell, precision, batch, units, steps):
    layers = [{"type": cell, "units": units, "return_sequences": True}]
    spec = netspec.NetworkSpec.from_data(
        {"netspec": 1, "name": "n", "input": {"steps": steps, "features": 64}, "layers": layers}
    )
    network = netspec.build(spec, seed=1, device="cuda", precision=precision)
    x = np.random.default_rng(1).standard_normal((batch, steps, 64)).astype("float32")
    lengths = np.arange(batch) % (steps + 1)
    for valid in (None, lengths):
        found, exact = (one(x, lengths=valid) for one in (network, network.to("cpu")))
        assert np.max(np.abs(found - exact)) <= network.tolerance
        assert found.tobytes() == network(x, lengths=valid).tobytes()
