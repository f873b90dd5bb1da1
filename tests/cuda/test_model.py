"""The model of a GPU runs what is right, and tells of each mistake that a GPU would hide."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from .model import KernelFault, LaunchError, Limits, Overwritten, kernel, run
from .model.compiler import HERE
from .model.memory import PAGE

pytestmark = pytest.mark.usefixtures("compiler")
MISTAKES, WORDS = HERE / "mistakes.cu", HERE / "words.cu"
SINGLE: dict[str, Any] = {"NUMBER": "float", "SINGLE": 1, "HALVES": 2}
X = np.arange(128, dtype=np.float32) + 1


def wrong(name: str, *args: Any, block: int = 64, shared: int = 512, **how: Any) -> None:
    run(MISTAKES, how.pop("macros", {}), name, (1,), (block,), args, shared, **how)


def filled(count: int = 128) -> np.ndarray[Any, Any]:
    return np.full(count, np.nan, np.float32)


# What is right


def test_threads_and_blocks_know_their_places():
    y = np.full(2 * 3 * 2 * 24, -1)
    run(WORDS, SINGLE, "places", (2, 3, 2), (4, 3, 2), [y])
    assert y.tolist() == [1000 * block + thread for block in range(12) for thread in range(24)]


def test_shuffles_reach_the_lanes_that_they_name():
    x = np.arange(64)
    y = np.full((6, 64), -1)
    run(WORDS, SINGLE, "shuffles", (1,), (64,), [x, y], seeds=range(6))
    warp, lane = x // 32 * 32, x % 32
    assert y[0].tolist() == (warp + 7).tolist()
    assert y[1].tolist() == (x ^ 5).tolist()
    assert y[2].tolist() == np.where(lane < 29, x + 3, x).tolist()
    assert y[3].tolist() == np.where(lane % 8 < 2, x, x - 2).tolist()
    votes = [sum(1 << n for n in range(32) if (first + n) % 3 == 0) for first in (0, 32)]
    assert y[4].tolist() == np.repeat(votes, 32).tolist()
    assert y[5].tolist() == np.repeat([2, 1], 32).tolist()


def test_what_is_added_at_once_is_lost_nowhere():
    count = np.zeros(1, np.uint32)
    run(WORDS, SINGLE, "counted", (3,), (100,), [count, 250])
    assert count[0] == 250


def go_round(blocks: int, seeds: Iterable[int], **macros: int) -> Any:
    n, rounds = 33, 4
    y = filled(blocks * n)
    counter, shares = np.zeros(1, np.uint32), filled(2 * blocks * n)
    args = [counter, shares, y, rounds]
    said = SINGLE | macros
    run(WORDS, said, "round_robin", (blocks,), (n,), args, cooperative=True, seeds=tuple(seeds))
    places = np.arange(blocks * n).reshape(blocks, n)
    return y.tolist() == (np.roll(places, -rounds, 0) + rounds).reshape(-1).tolist()


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_blocks_of_a_cooperative_launch_wait_for_each_other(blocks):
    assert go_round(blocks, range(9))


@pytest.mark.parametrize(
    "mistake", [{"NO_BARRIER_BEFORE_ADDING": 1}, {"NO_BARRIER_AFTER_WAITING": 1}, {"HALVES": 1}]
)
def test_blocks_that_do_not_wait_as_they_should_give_other_bits(mistake):
    with pytest.raises(KernelFault, match="depend on the order"):
        go_round(5, (0, 1, 2, 5, 8), **mistake)


@pytest.mark.parametrize(("number", "dtype"), [("float", np.float32), ("double", np.float64)])
def test_every_operation_is_rounded_once(number, dtype):
    rng = np.random.default_rng(5)
    x = rng.standard_normal(300).astype(dtype)
    x[:3] = np.finfo(dtype).smallest_normal * np.array([0.3, 0.5, 1.5], dtype)
    x[3:5] = 1 + np.finfo(dtype).eps, 1 - np.finfo(dtype).eps
    y = np.full((4, 300), np.nan, dtype)
    macros = {"NUMBER": number, "HALVES": 2} | ({"SINGLE": 1} if number == "float" else {})
    run(WORDS, macros, "rounded", (2,), (256,), [x, y, 300, -1.0])
    other = np.roll(x, -1)
    assert y[0].tolist() == (x * other - dtype(1)).tolist()
    assert y[1].tolist() == (x / other).tolist()
    assert y[3].tolist() == np.sqrt(np.abs(x)).tolist()
    exact = [Fraction(float(a)) * Fraction(float(b)) - 1 for a, b in zip(x, other, strict=True)]
    assert y[2].tolist() == [nearest(value, dtype) for value in exact]


def nearest(value: Fraction, dtype: Any) -> float:
    """Give the number of the dtype that lies nearest, ties to even."""
    if not value:
        return 0.0
    guess = dtype(float(value))
    around = [guess, np.nextafter(guess, dtype(-np.inf)), np.nextafter(guess, dtype(np.inf))]
    odd = np.uint32 if dtype is np.float32 else np.uint64
    return float(min(around, key=lambda n: (abs(Fraction(float(n)) - value), n.view(odd) & 1)))


def test_what_is_right_runs_in_every_order_of_threads():
    y = filled(64)
    wrong("right_turn", X[:64].copy(), y, seeds=range(6))
    assert y.tolist() == X[63::-1].tolist()
    y = filled()
    wrong("right_copies", X, y, seeds=range(6))
    assert y.tolist() == [*X[63::-1], *X[:63:-1]]
    y = filled(32)
    macros = {"RIGHT": 1}
    wrong("sum_warp", X[:32].copy(), y, block=32, seeds=range(6), macros=macros)
    assert set(y) == {sum(range(1, 33))}


# What is forgotten, and shows as other bits


@pytest.mark.parametrize(
    "name",
    [
        "no_barrier_before_reading",
        "no_barrier_before_writing_again",
        "copy_over_what_is_read",
    ],
)
def test_a_missing_barrier_gives_other_bits_in_another_order(name):
    with pytest.raises(KernelFault, match="depend on the order"):
        wrong(name, X, filled())


def test_a_missing_meeting_of_a_warp_gives_other_bits():
    with pytest.raises(KernelFault, match="depend on the order"):
        wrong("sum_warp", X[:32].copy(), filled(32), block=32)


@pytest.mark.parametrize(
    ("name", "good"), [("copies_not_waited_for", 0), ("last_copy_not_waited_for", 64)]
)
def test_a_copy_that_nobody_waits_for_has_brought_nothing(name, good):
    y = filled()
    wrong(name, X, y)
    assert np.isnan(y).tolist() == [False] * good + [True] * (128 - good)


def test_shared_memory_begins_as_nan():
    y = np.zeros(64, np.float32)
    wrong("read_what_nobody_wrote", y, seeds=[0])
    assert np.isnan(y).all()
    halves = np.zeros(64, np.float32)
    wrong("read_what_nobody_wrote", halves, seeds=[2])
    assert np.isnan(halves.view(np.float64)).all()
    assert (y.view(np.uint32) != halves.view(np.uint32)).all()


# What is refused


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("read_past_the_end", (X, filled(64), 128), r"reading \d+ bytes behind the end of argu"),
        (
            "write_past_the_end",
            (filled(4), 4),
            "writing 0 bytes behind the end of argument 0, at mi",
        ),
        (
            "write_before_the_start",
            (filled(4), PAGE // 4),
            f"writing {PAGE} bytes before the start of argu",
        ),
        ("write_past_shared_memory", (512,), "writing 0 bytes behind the end of its block's sh"),
        ("read_own_array_past_the_end", (filled(1), 8), "past an array's end"),
        ("load_not_aligned", (X, filled(1), 2), "not aligned"),
        ("copy_not_aligned", (X,), "mistakes.cu:.*not aligned|cuda_model.h:.*not aligned"),
        ("copy_past_shared_memory", (X,), "not the block's shared memory"),
        ("recurse", (filled(1), 0), "used up its stack"),
        ("read_past_the_end", (None, filled(64), 0), "reading at a null pointer"),
    ],
)
def test_an_access_that_is_not_allowed_is_told(compiler, name, args, told):
    if name == "load_not_aligned" and "clang" in compiler:
        pytest.skip("clang++ does not check a vector that is loaded as a whole")
    with pytest.raises(KernelFault, match=f"^{name}: .*(?:{told})"):
        wrong(name, *args)


def test_a_load_that_is_aligned_is_not_refused():
    y = filled(1)
    wrong("load_not_aligned", X, y, 4)
    assert y[0] == X[4] + X[7]


@pytest.mark.parametrize("seed", [0, 1])
def test_a_write_beside_an_array_that_hits_no_guard_is_seen(seed):
    with pytest.raises(Overwritten, match="argument 0"):
        wrong("write_past_the_end", filled(5), 5, seeds=[seed])
    with pytest.raises(Overwritten, match="argument 0"):
        wrong("write_before_the_start", filled(5), 1, seeds=[seed])


def test_what_lies_between_an_array_and_its_guard_is_nan():
    y = filled(3)
    wrong("read_past_the_end", X[:1].copy(), y, 1, block=3, seeds=[0])
    assert np.isnan(y).all()


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("return_before_a_barrier", (), "returned"),
        ("different_barriers", (), r"barriers of mistakes.cu:\d+ and mistakes.cu:\d+"),
        ("barrier_for_some", (), "went different ways"),
        ("part_of_a_warp", (filled(64),), "32 of 64 wait at the warp's meeting"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_threads_that_wait_for_others_that_do_not_come_are_told(name, args, told, seed):
    with pytest.raises(KernelFault, match=told):
        wrong(name, *args, seeds=[seed])


def test_blocks_that_wait_for_ever_are_told():
    counter = np.zeros(1, np.uint32)
    with pytest.raises(KernelFault, match="wanted a cooperative launch"):
        run(MISTAKES, {}, "wait_for_nobody", (2,), (32,), [counter])
    with pytest.raises(KernelFault, match="waits for what another block should write"):
        run(MISTAKES, {}, "wait_for_nobody", (2,), (32,), [counter], cooperative=True)


@pytest.mark.parametrize(
    ("grid", "block", "shared", "cooperative", "told"),
    [
        ((1,), (65,), 0, False, "wanted 64 threads or fewer"),
        ((1, 65536), (1,), 0, False, "65535"),
        ((0,), (1,), 0, False, "sizes of 1 or more"),
        ((1,), (1,), 232449, False, "wanted 232448 bytes"),
        ((9,), (64,), 110_000, True, "wanted 8 blocks or fewer"),
        ((5,), (64,), 120_000, True, "wanted 4 blocks or fewer"),
    ],
)
def test_a_launch_that_a_gpu_would_refuse_is_refused(grid, block, shared, cooperative, told):
    limits = Limits(multiprocessors=4)
    with pytest.raises(LaunchError, match=told):
        run(MISTAKES, {}, "bounded", grid, block, [filled()], shared, cooperative, limits=limits)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ([X], "wanted 3 arguments, found 1"),
        (
            [X.astype(float), filled(), 1],
            "argument 0: wanted an array of float32, found one of float64",
        ),
        ([X, filled(), 1.0], "argument 2: wanted an int, found 1.0"),
        ([X, 7, 1], "argument 1: wanted an array or None, found 7"),
    ],
)
def test_arguments_that_a_kernel_does_not_declare_are_refused(args, told):
    with pytest.raises(LaunchError, match=told):
        wrong("read_past_the_end", *args)


def test_a_kernel_that_macros_leave_out_or_nobody_wrote_is_missing():
    with pytest.raises(LaunchError, match="no such kernel"):
        kernel(MISTAKES, {}, "nothing")


def test_a_fault_leaves_the_model_as_it_was():
    with pytest.raises(KernelFault):
        wrong("write_past_the_end", filled(4), 4)
    y = filled(64)
    wrong("right_turn", X[:64].copy(), y)
    assert math.fsum(y) == 64 * 65 / 2
