"""The number of threads changes no bit, in work that is large enough to be shared out."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from netspec.backends.native import NativeBackend
from tests.specimens import every_layer

from .asking import PATHS, Plain, bits, called, every_dtype, only_where_compiled, same, trained
from .drawing import drawn, network, of_row, uniform

pytestmark = only_where_compiled

THREADS = [2, 3, 5]
SHARED = 3_000_000  # multiplications, beyond which threads share out a plan's work
FAST = PATHS[:1]

# Each with more multiplications than that; one of few events and many units, one the other way.
LARGE = {
    "dense": ([{"type": "dense", "units": 97, "activation": "tanh"}], (90,), 700),
    "rnn": ([{"type": "rnn", "units": 130, "return_sequences": True}], (7, 40), 67),
    "lstm": ([{"type": "lstm", "units": 64}], (9, 33), 65),
    "gru": ([{"type": "gru", "units": 65, "reset_after": True, "state_bias": True}], (8, 31), 61),
    "wide": ([{"type": "lstm", "units": 300, "return_sequences": True}], (5, 20), 3),
    "one": ([{"type": "gru", "units": 610}], (3, 20), 1),
    "both": ([{"type": "lstm", "units": 48, "direction": "both", "merge": "mul"}], (6, 40), 70),
    "many": ([{"type": "gru", "units": 5, "return_sequences": True}, {"type": "flatten"},
              {"type": "dense", "units": 3, "activation": "softmax"}], (20, 4), 1200),
}  # fmt: skip


def multiplications(one):
    """Count roughly those of a call."""
    rows = len(one.x) * (one.x.shape[1] if one.x.ndim > 2 else 1)
    return rows * sum(array.size for array in one.weights.values() if array.ndim > 1)


@every_dtype
@pytest.mark.parametrize("name", LARGE)
def test_threads_that_share_out_a_call_change_no_bit(name, dtype):
    one = drawn(*LARGE[name], dtype, scale=0.3)
    assert multiplications(one) > SHARED
    lengths = None if one.x.ndim < 3 else np.arange(len(one.x)) % (one.x.shape[1] + 1)
    for path in PATHS:
        for valid in (None, lengths):
            wanted = called(network(one, NativeBackend(1, path)), one.x, lengths=valid)
            for threads in THREADS:
                own = network(one, NativeBackend(threads, path))
                same(called(own, one.x, lengths=valid), wanted, f"{threads} threads, {path}")
                if valid is None:
                    assert own(one.x).tobytes() == own(one.x.copy()).tobytes()


@every_dtype
@pytest.mark.parametrize("name", LARGE)
def test_threads_that_share_out_the_way_back_change_no_bit(name, dtype):
    one = drawn(*LARGE[name], dtype, scale=0.3)
    for path in FAST:
        wanted = bits(trained(one, NativeBackend(1, path)))
        for threads in THREADS:
            same(bits(trained(one, NativeBackend(threads, path))), wanted, f"{threads} threads")


@every_dtype
@pytest.mark.parametrize("units", [128, 350])
@pytest.mark.parametrize("cell", [
    {"type": "rnn", "activation": "softmax"}, {"type": "rnn"},
    {"type": "lstm"}, {"type": "lstm", "gate_activation": "hard_sigmoid", "state_bias": True},
    {"type": "gru"}, {"type": "gru", "reset_after": True, "state_bias": True},
    {"type": "gru", "activation": "softsign"},
])  # fmt: skip
def test_threads_that_share_out_units_on_the_way_back_change_no_bit(cell, units, dtype):
    layer = {**cell, "units": units, "return_sequences": True, "recurrent_dropout": 0.3}
    one = drawn([layer], (17, 5), 1 if units < 200 else 2, dtype, scale=0.3)
    for path in PATHS[:2]:
        for lengths in (None, np.array([16, 4][: len(one.x)])):
            asked = (lengths, ("contract", "teams", units))
            wanted = bits(trained(one, NativeBackend(1, path), *asked))
            same(bits(trained(one, NativeBackend(2, path), *asked)), wanted, f"two threads, {path}")
            plain = bits(trained(one, Plain(1, path), *asked))
            same(plain, wanted, f"the formulas, {path}")


@every_dtype
def test_threads_that_share_out_products_and_sums_change_no_bit(dtype):
    x, W = uniform("x", (1100, 130), dtype), uniform("W", (140, 130), dtype)
    dz, start = uniform("dz", (1100, 9, 40), dtype), uniform("start", (140,), dtype)
    seen = uniform("seen", (1100, 9, 30), dtype)
    for path in PATHS:
        found = set()
        for threads in (1, *THREADS):
            b = NativeBackend(threads, path)
            parts = [b.product(x, W, start), b.product(x[:2], W), b.outer_sum(dz, seen)]
            parts += [b.sum(dz, (0, 1)), b.sum(x, 0), b.sum(x, -1), b.tanh(dz)]
            found.add(b"".join(part.tobytes() for part in parts))
        assert len(found) == 1, path


def test_a_backend_and_its_plans_have_the_threads_that_were_asked_for():
    one = of_row({"type": "lstm", "units": 3}, "float32")
    for threads in (1, *THREADS):
        b = NativeBackend(threads)
        assert b.threads == b.engine.threads == network(one, b).backend.threads == threads


STARTED = """
import os
from netspec.backends.native import NativeBackend
from tests.contract.drawing import drawn, network
from tests.contract.test_threads import LARGE

one = drawn(*LARGE["lstm"], "float32", scale=0.3)
own = network(one, NativeBackend(5))
before = len(os.listdir("/proc/self/task"))
own(one.x)
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc/self/task here")
def test_work_of_this_size_really_starts_threads():
    """Four, beside the caller's own."""
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", STARTED], cwd=root, check=True, capture_output=True, text=True
    )
    assert run.stdout == "4\n"


@every_layer
def test_many_callers_of_one_network_all_get_the_same_bits(row):
    one = of_row(row, "float32", 40)
    own = network(one, NativeBackend(3))
    lengths = np.arange(40) % 5 if one.x.ndim == 3 else None
    wanted, ragged = called(own, one.x), called(own, one.x, lengths=lengths)
    slopes = bits(trained(one, own.backend, lengths))

    def ask(number):
        if number % 3 == 2:
            return bits(trained(one, own.backend, lengths)) == slopes
        valid = lengths if number % 3 else None
        return called(own, one.x, lengths=valid) == (ragged if number % 3 else wanted)

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(18)))


def test_many_callers_of_work_that_is_shared_out_all_get_the_same_bits():
    one = drawn(*LARGE["lstm"], "float32", scale=0.3)
    own = network(one, NativeBackend(3))
    wanted = called(own, one.x)
    with ThreadPoolExecutor(5) as pool:
        assert all(found == wanted for found in pool.map(lambda _: called(own, one.x), range(15)))


FORKED = """
import os, sys, warnings
from netspec.backends.native import NativeBackend
from tests.contract.asking import called, bits, trained
from tests.contract.drawing import drawn, network
from tests.contract.test_threads import LARGE

warnings.simplefilter("ignore", DeprecationWarning)  # a process of several threads forks here
one = drawn(*LARGE["lstm"], "float32", scale=0.3)
own = network(one, NativeBackend(3))
wanted, slopes = called(own, one.x), bits(trained(one, own.backend))
for generation in range(2):
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert called(own, one.x) == wanted
        os._exit(os.waitstatus_to_exitcode(status))
    if called(own, one.x) != wanted or bits(trained(one, own.backend)) != slopes:
        os._exit(3)
    fresh = network(one, NativeBackend(2))
    if called(fresh, one.x) != wanted:
        os._exit(4)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_children_of_a_process_whose_threads_have_worked_give_the_same_bits():
    """A child, and a child of the child, both after their parent's threads were at work."""
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", FORKED], cwd=root, timeout=60, check=False, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()
