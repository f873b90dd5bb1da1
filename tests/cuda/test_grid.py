"""The sweeps by all blocks together give the bits of the backend `native`, whatever the cut."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec.backends import known
from netspec.backends.cuda import grid, grid_plan, grid_work

from ..contract import recurrent
from .bits import same
from .model import KernelFault, Limits, run
from .model.compiler import KERNELS
from .together import SHARED, Question

pytestmark = pytest.mark.skipif("native" not in known(), reason="the kernels were not compiled")

HARD = {"type": "hard_sigmoid", "slope": 0.25}
LSTM: tuple[Any, ...] = ("lstm", {"forget_bias": 1.0}, "float32")
BEFORE = {"state_bias": True, "gate_activation": HARD, "activation": "softsign"}
GRU: tuple[Any, ...] = ("gru", BEFORE, "float32")
AFTER: tuple[Any, ...] = ("gru", {"reset_after": True, "state_bias": True}, "float64")
RNN: tuple[Any, ...] = ("rnn", {"activation": "gauss"}, "float64")
WORDS = {"words": 1}
FEW = {**WORDS, "rows": 1, "own_rows": 1, "own_outputs": 1, "units": 8, "teams": 3}

# Cells, sizes of a block, slices of the batch; then units, batch and what is asked for.
Asked = list[tuple[int, int, dict[str, Any]]]
SOME: Asked = [(5, 1, {}), (12, 9, {"lengths": True, "drop": True}), (130, 3, {"reverse": True})]
OTHERS: Asked = [(5, 3, {"drop": True}), (12, 9, {"lengths": True, "reverse": True}), (130, 1, {})]
WIDE: Asked = [(40, 3, {"lengths": True, "drop": True}), (130, 9, {"reverse": True, "dy": False})]
CASES: list[tuple[tuple[Any, ...], dict[str, int], int, Asked]] = [
    (LSTM, {}, 2, [*SOME, (5, 13, {"lengths": True})]),
    (GRU, {}, 2, OTHERS),
    (AFTER, {"teams": 1, "stages": 2}, 3, [*SOME, *WIDE[1:]]),
    (RNN, FEW, 2, WIDE),
    (LSTM, WORDS, 2, [*SOME, (5, 13, {"reverse": True})]),
    (GRU, {**WORDS, "own_rows": 1}, 2, OTHERS),
    (GRU, {"rows": 8, "units": 8}, 2, [(12, 9, {})]),  # numbers of a tile fill more than is spare
]


def on_the_model(launch: grid.Launch, source: Path | None = None, seeds: Any = (1, 2, 3)) -> None:
    """Run a launch on the model, in several orders of threads."""
    file = launch.file if source is None else source / launch.file
    run(
        file, launch.macros, launch.name, launch.grid, launch.block, launch.args, launch.shared,
        cooperative=True, seeds=seeds, limits=Limits(shared=SHARED),
    )  # fmt: skip


@pytest.mark.parametrize(("cell", "sizes", "slices", "asked"), CASES)
def test_every_cut_gives_the_bits_of_native(
    compiler: str, cell: Any, sizes: dict[str, int], slices: int, asked: Any
) -> None:
    kind, said, dtype = cell
    for units, batch, options in asked:
        q = Question(kind, {**said, "units": units}, dtype, batch, **options)
        plan = q.plan(sizes, slices, back=False)
        assert plan.grid[0] > 1
        q.hold_forward(q.forward(np, on_the_model, plan))
        q.hold_back(q.back(np, on_the_model, q.plan(sizes, slices, back=True)))


def test_a_sweep_gives_what_the_plain_model_of_the_contract_gives(compiler: str) -> None:
    q = Question("lstm", {"units": 5, "forget_bias": 1.0}, "float32", 3, lengths=True)
    o = q.layer.model_copy(update={"return_sequences": True})
    n = q.layer.units
    # z = 1 x + 0, so that the model's own product gives it.
    p = {"W": np.eye(4 * n, dtype="float32").reshape(4, n, 4 * n), "b": np.zeros((4, n), "float32")}
    y, final, _ = recurrent.one_way(o, p | q.p, q.z, q.lengths.tolist(), q.start, q.reverse, None)
    found = q.forward(np, on_the_model, q.plan({}, 2, back=False))
    same(found["y"][..., :n], y, "y")
    for name, array in final.items():
        same(found[name], array, name)


def test_no_steps_and_no_valid_ones_leave_the_state_as_it_is(compiler: str) -> None:
    q = Question("lstm", {"units": 5, "forget_bias": 1.0}, "float32", 3, lengths=True)
    q.lengths[:] = 0
    q.valid[:] = q.mask[:] = False
    found = q.forward(np, on_the_model, q.plan({}, 2, back=False))
    same(found["h"], q.start["h"])
    assert not found["y"][..., :5].any()
    found = q.back(np, on_the_model, q.plan({}, 2, back=True))
    same(found["h"], q.dfinal["h"])
    assert not found["dz"].any()


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_any_nan_that_comes_out_is_the_canonical_one(compiler: str, cell: str) -> None:
    q = Question(cell, {"units": 5, "activation": "linear"}, "float32", 2, steps=3)
    q.z[0, 0], q.z[0, 1], q.z[1, 2] = np.inf, -np.inf, np.inf
    q.z.view("uint32")[1, 1] = 0xFFC00123  # a NaN of no result
    found = q.forward(np, on_the_model, q.plan({}, 2, back=False))
    for name in ("y", *q.start):
        array = found[name][..., :5].copy()
        nan = array.view("uint32")[np.isnan(array)]
        assert set(nan) == {0x7FC00000}, name


@pytest.mark.parametrize(
    ("file", "line", "sizes"),
    [
        (
            "meetings.h",
            "while ((int)(load_acquire(counters + pass) - awaited) < 0) rest_a_little();",
            {},
        ),
        ("grid.h", "__syncthreads();  // nobody reads x any more", {}),
        ("sweep_grid.cu", "meetings.arrive(pass);\n            each_item", {}),
        ("meetings.h", "if ((unsigned)(word[j] >> 32) == (unsigned)number)", WORDS),
    ],
    ids=["nobody waits", "slabs under parts", "nobody arrives", "words of any meeting"],
)
def test_a_meeting_that_is_left_out_shows(
    compiler: str, tmp_path: Path, file: str, line: str, sizes: dict[str, int]
) -> None:
    shutil.copytree(KERNELS, tmp_path / "kernels", ignore=shutil.ignore_patterns("*.cpp", "*.so"))
    source = tmp_path / "kernels" / "cuda"
    text = (source / file).read_text()
    assert text.count(line) == 1
    left = "each_item" if "each_item" in line else "if (true)" if line.startswith("if") else ""
    (source / file).write_text(text.replace(line, left))
    q = Question("lstm", {"units": 130, "forget_bias": 1.0}, "float32", 3)

    def launch(it: grid.Launch) -> None:
        on_the_model(it, source)

    with pytest.raises((KernelFault, AssertionError)):
        q.hold_forward(q.forward(np, launch, q.plan({**sizes, "units": 32}, 2, back=False)))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("units", [1, 5, 64, 130, 512, 1000])
@pytest.mark.parametrize("batch", [1, 3, 64, 700])
def test_a_chosen_cut_fits_the_device_and_leaves_nobody_out(
    kind: str, units: int, batch: int
) -> None:
    for work in (
        grid_work.forward(kind, units, 4, False, False),
        grid_work.back(kind, units, 4, kind == "gru"),
    ):
        plan = grid_plan.plan(work, batch, 132, SHARED)
        if plan is None:
            assert units * batch > 400_000
            continue
        assert plan.shared <= SHARED
        assert plan.grid[0] * plan.grid[1] <= 132
        assert plan.tiles * plan.sizes.rows >= batch
        assert plan.grid[0] * plan.sizes.units >= units
        assert plan.tiles * plan.sizes.rows < batch + plan.sizes.rows * (plan.passes + 1) * 2


def test_a_batch_and_the_rest_of_one_share_a_compiled_kernel() -> None:
    work = grid_work.forward("lstm", 256, 4, False, False)
    plans = [grid_plan.plan(work, batch, 132, SHARED) for batch in (33, 48, 64)]
    assert len({str(plan and plan.macros()) for plan in plans}) == 1


def test_a_matrix_that_is_too_large_for_all_blocks_has_no_plan() -> None:
    assert grid_plan.plan(grid_work.forward("lstm", 4096, 4, False, False), 8, 132, SHARED) is None


LARGE = [
    (64, 256, {}), (64, 512, {"lengths": True}), (1, 128, {}), (3, 1024, {"drop": True}),
    (256, 512, {"reverse": True}),
]  # fmt: skip


@pytest.mark.gpu
@pytest.mark.parametrize(("batch", "units", "options"), LARGE)
@pytest.mark.parametrize("cell", [LSTM, GRU, AFTER, RNN], ids=["lstm", "gru", "after", "rnn"])
def test_large_sweeps_give_the_bits_of_native_a_hundred_times(
    cell: Any, batch: int, units: int, options: Any
) -> None:
    from netspec.backends import choose

    kind, said, dtype = cell
    q = Question(kind, {**said, "units": units}, dtype, batch, steps=5, **options)
    b: Any = choose("cuda")
    xp = b.cupy

    def launch(it: grid.Launch) -> None:
        b.kernels.launch(*it, cooperative=True)

    def numpy_of(found: dict[str, Any]) -> dict[str, Any]:
        return {name: None if a is None else xp.asnumpy(a) for name, a in found.items()}

    with b.computing():
        plans = [q.plan(None, 0, back=back) for back in (False, True)]
        first = numpy_of(q.forward(xp, launch, plans[0])), numpy_of(q.back(xp, launch, plans[1]))
        q.hold_forward(first[0])
        q.hold_back(first[1])
        for _ in range(99):
            again = q.forward(xp, launch, plans[0]), q.back(xp, launch, plans[1])
            for found, kept in zip(again, first, strict=True):
                for name, array in numpy_of(found).items():
                    if array is not None:
                        assert array.tobytes() == kept[name].tobytes(), name
