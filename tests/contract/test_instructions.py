"""Each instruction set gives the same bits, at every size around the width of a vector."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from netspec.backends.native import INSTRUCTIONS, NativeBackend
from netspec.errors import UnavailableError
from netspec.kernels import compiled
from tests.specimens import every_layer

from .asking import PATHS, Plain, bits, called, every_dtype, only_where_compiled, same, trained
from .drawing import drawn, network, of_row

pytestmark = only_where_compiled

UNITS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129]
LARGE = 300


def test_each_path_says_that_it_is_the_one_that_runs():
    """The engine names the path it was made with; so do plans, of which each is packed for one."""
    one = of_row({"type": "gru", "units": 3}, "float32")
    for path in PATHS:
        b = NativeBackend(2, path)
        assert b.instructions == b.engine.path == path
        planned = network(one, b)
        assert planned._prepared.plan.instructions == path
        assert network(one, Plain(1, path))._prepared.plan is None


@every_dtype
@every_layer
def test_only_the_path_that_was_asked_for_is_entered(row, dtype):
    """Each path counts, in its own code, how often it is entered; products and sums are there."""
    one = of_row(row, dtype, 3)
    computes = any(name.endswith("/W") for name in one.weights)
    computes = computes and not one.layers[0].id_count  # to look up is not to compute
    for path in PATHS:
        for b in (NativeBackend(2, path), Plain(2, path)):
            own = network(one, b)
            for deed in (lambda own=own: own(one.x), lambda b=b: trained(one, b)):
                before = compiled().entries()
                deed()
                after = compiled().entries()
                entered = {name for name in after if after[name] != before[name]}
                assert entered == {path} if computes else entered <= {path}


def test_the_scalar_path_is_everywhere_and_the_last_choice():
    assert PATHS[-1] == "scalar"
    assert NativeBackend().instructions == PATHS[0] or INSTRUCTIONS in os.environ


def test_a_path_that_is_not_here_is_refused():
    with pytest.raises(UnavailableError):
        NativeBackend(1, "altivec")


def chain(b, W, b_, steps):
    """Let one output of a network be its input, many times: one wrong bit spreads."""
    one = drawn([{"type": "dense", "units": 24, "activation": "tanh"}], (24,), 3, "float32")
    own = network(one._replace(weights={"dense_1/W": W, "dense_1/b": b_}), b)
    x = one.x
    for _ in range(steps):
        x = own(x)
    return x.tobytes()


def test_a_thousand_calls_in_a_row_end_in_the_same_bits_on_each_path():
    one = drawn([{"type": "dense", "units": 24}], (24,), 3, "float32", scale=2.0)
    W, b_ = one.weights.values()
    assert len({chain(NativeBackend(1, path), W, b_, 1000) for path in PATHS}) == 1


@every_dtype
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_cells_of_every_size_have_the_same_bits_on_each_path_planned_or_not(cell, dtype):
    """Batches of 1, and of more events than a vector has lanes; there and back."""
    for units in UNITS:
        row = {"type": cell, "units": units, "return_sequences": True, "state_bias": True}
        one = drawn([row], (2, 1 + units % 5), 1 + units % 7, dtype, scale=0.5)
        wanted = None
        for path in PATHS:
            for b in (NativeBackend(1, path), Plain(1, path)):
                own = called(network(one, b), one.x, state=one.state)
                found = own | bits(trained(one, b))
                wanted = wanted or found
                same(found, wanted, f"{units} units, {path}, {type(b).__name__}")


@every_dtype
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_large_cells_have_the_same_bits_on_each_path(cell, dtype):
    one = drawn([{"type": cell, "units": LARGE}], (2, 129), 2, dtype, scale=0.2)
    wanted = None
    for path in PATHS:
        b = NativeBackend(2, path)
        found = called(network(one, b), one.x) | bits(trained(one, b))
        wanted = wanted or found
        same(found, wanted, path)


@every_dtype
def test_dense_layers_of_every_size_have_the_same_bits_on_each_path(dtype):
    for units in [*UNITS, LARGE]:
        for features in (1, 5, 16, 127, 128, 129):
            rows = [{"type": "dense", "units": units, "activation": "gelu"}]
            one = drawn(rows, (features,), 1 + units % 6, dtype)
            found = {
                called(network(one, b), one.x)[f"y {dtype}({1 + units % 6}, {units})"]
                for path in PATHS
                for b in (NativeBackend(1, path), Plain(1, path))
            }
            assert len(found) == 1, (units, features)


@every_dtype
@every_layer
def test_every_layer_has_the_same_bits_on_each_path_for_many_events(row, dtype):
    one = of_row(row, dtype, 150)
    lengths = np.arange(150) * 3 % 5
    for valid in (None, lengths) if one.x.ndim == 3 else (None,):
        wanted = None
        for path in PATHS:
            b = NativeBackend(1, path)
            found = called(network(one, b), one.x, lengths=valid) | bits(trained(one, b, valid))
            wanted = wanted or found
            same(found, wanted, path)


@every_dtype
@every_layer
def test_pickled_and_copied_networks_give_the_same_bits(row, dtype):
    one = of_row(row, dtype, 5)
    own = network(one, NativeBackend(2, PATHS[-1]))
    wanted = called(own, one.x)
    for again in (pickle.loads(pickle.dumps(own)), copy.copy(own), copy.deepcopy(own)):
        assert again.exact
        same(called(again, one.x), wanted)


ELSEWHERE = """
import pickle, sys
own, x = pickle.load(sys.stdin.buffer)
assert own.backend.instructions == sys.argv[1], own.backend.instructions
sys.stdout.buffer.write(own(x).tobytes())
"""


@pytest.mark.parametrize("path", PATHS or ["none"])
def test_a_network_that_travels_to_another_process_gives_the_same_bits_there(path):
    one = of_row({"type": "lstm", "units": 3}, "float32", 70)
    own = network(one, NativeBackend())
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, path],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {INSTRUCTIONS: path},
        input=pickle.dumps((own, one.x)),
        capture_output=True,
        check=True,
    )
    assert run.stdout == own(one.x).tobytes()
