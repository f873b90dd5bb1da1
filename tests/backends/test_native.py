"""The exact backend: threads and instruction sets by name; nothing of its caller changes a bit."""

from __future__ import annotations

import copy
import os
import pickle
import platform
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product as every

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build, load
from netspec.backends import choose, known
from netspec.errors import DataError, UnavailableError
from netspec.kernels import compiled
from tests.backends.jets import JETS, bits, events, made

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])

pytestmark = pytest.mark.usefixtures("native")  # skipped, with the reason, where it is not


# Threads and instruction sets


def test_threads_are_those_that_are_asked_for_or_named_or_all(monkeypatch):
    monkeypatch.setenv("NETSPEC_THREADS", "3")
    assert choose("native").threads == 3
    assert choose("native", 2).threads == 2
    for nothing in (lambda: monkeypatch.setenv("NETSPEC_THREADS", ""), monkeypatch.undo):
        nothing()
        if not os.environ.get("NETSPEC_THREADS"):
            assert choose("native").threads == compiled().processors()


@pytest.mark.parametrize("said", ["0", "-1", "1025", "two", "1.5", " "])
def test_a_number_of_threads_in_the_environment_is_refused_by_its_name(said, monkeypatch):
    monkeypatch.setenv("NETSPEC_THREADS", said)
    where, wanted = "NETSPEC_THREADS in the environment", "wanted a number from 1 to 1024"
    sentence = f"^{where}: {wanted}, found '{said}'$"
    for make in (choose, lambda: build(NetworkSpec(**JETS))):
        with pytest.raises(DataError, match=sentence):
            make()
    assert choose("native", 2).threads == 2


def test_every_instruction_set_of_the_processor_can_be_named(monkeypatch):
    assert choose("native").instructions in compiled().paths()
    for name in compiled().paths():
        monkeypatch.setenv("NETSPEC_INSTRUCTIONS", name)
        assert choose("native").instructions == name
        assert made()._prepared.plan.instructions == name


def test_an_instruction_set_that_is_not_there_is_refused_with_those_that_are(monkeypatch):
    there = ", ".join(compiled().paths())
    sentence = rf"wanted an instruction set that this processor has \({there}\), found 'sse9'$"
    with pytest.raises(UnavailableError, match=f"^instructions: {sentence}"):
        known()["native"](instructions="sse9")
    monkeypatch.setenv("NETSPEC_INSTRUCTIONS", "sse9")
    where = "NETSPEC_INSTRUCTIONS in the environment"
    with pytest.raises(UnavailableError, match=f"^{where}: {sentence}"):
        choose("native")


@every_dtype
def test_no_thread_and_no_instruction_set_changes_a_bit(dtype):
    x, lengths = events(dtype=dtype), np.arange(300) % 11
    found = [
        bits(made(dtype, known()["native"](threads, name)), x, lengths=lengths)
        for threads, name in every([1, 2, 3], compiled().paths())
    ]
    assert all(other == found[0] for other in found[1:])


@every_dtype
def test_an_event_has_the_same_bits_alone_and_anywhere_in_a_batch(dtype):
    network, x = made(dtype), events(dtype=dtype)
    whole = network(x)
    for first, count in [(0, 1), (7, 1), (299, 1), (1, 2), (5, 7), (100, 64)]:
        part = slice(first, first + count)
        assert network(x[part]).tobytes() == whole[part].tobytes()


def test_build_load_and_replace_keep_the_threads(tmp_path):
    network = build(NetworkSpec(**JETS), threads=3)
    assert network.backend.threads == 3
    network.save(tmp_path / "model.xml")
    assert load(tmp_path / "model.xml", threads=1).backend.threads == 1
    assert Network(network.spec, network.weights, threads=2).backend.threads == 2
    other = network.replace({"dense_1/b": np.zeros(3)})
    assert other.backend.threads == 3


# The caller's own rounding, threads, processes


@contextmanager
def unusual_arithmetic():
    """Round upwards and flush subnormal numbers, as a library of another hand may leave it."""
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    found = compiled().float_mode()
    compiled().set_float_mode(found | (0x8040 | 0x4000 if x86 else 1 << 24 | 1 << 22))
    try:
        yield
    finally:
        compiled().set_float_mode(found)


def test_the_callers_rounding_and_flushing_change_no_bit_and_stay_the_callers(tmp_path):
    x = events(20, "float64")
    x[0] *= 1e-39  # subnormal in float32
    x[1] = np.float64(1e-310)
    spec = NetworkSpec(seed=4, **JETS)
    wide = {name: array * np.float64(1.0000001) for name, array in build(spec).weights.items()}

    def found():
        usual = build(spec)
        golden = usual.golden(x)
        network = Network(spec, wide)
        arrays = {**usual.weights, **network.weights, "in": golden.inputs, "out": golden.outputs}
        return bits(network, x) | {f"a {k}": v.tobytes() for k, v in arrays.items()}

    wanted = found()
    with unusual_arithmetic():
        one = np.float32(1)
        assert one + np.float32(1e-10) > one, "it rounds upwards"
        mode = compiled().float_mode()
        assert found() == wanted
        with pytest.raises(DataError):
            made()(x[:, :3])
        assert compiled().float_mode() | 0x3F == mode | 0x3F  # the lowest bits say what happened
    assert one + np.float32(1e-10) == one


def test_what_numpy_is_told_to_raise_stays_told():
    x = events(4)
    x[0] = np.nan
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        bits(made(), x)
        assert set(np.geterr().values()) == {"raise"}


def test_many_threads_call_one_network_while_it_uses_threads_itself():
    network, x = made(b=choose("native", 2)), events(400)
    wanted = bits(network, x)
    with ThreadPoolExecutor(6) as pool:
        assert all(found == wanted for found in pool.map(lambda _: bits(network, x), range(18)))


def test_no_plan_travels_and_a_new_one_is_made_on_arrival():
    network, x = made(b=choose("native", 2)), events(3)
    assert not {"_prepared", "_plan"} & set(network.__getstate__())
    for again in (pickle.loads(pickle.dumps(network)), copy.copy(network), copy.deepcopy(network)):
        assert again._prepared.plan is not network._prepared.plan
        assert again.backend.threads == 2
        assert again(x).tobytes() == network(x).tobytes()
    assert copy.deepcopy(network).backend is network.backend


def test_a_network_that_asked_for_no_threads_takes_those_of_where_it_arrives(monkeypatch):
    monkeypatch.setenv("NETSPEC_THREADS", "3")
    sent = pickle.dumps(made())
    monkeypatch.setenv("NETSPEC_THREADS", "1")
    assert pickle.loads(sent).backend.threads == 1


def test_a_network_of_the_exact_backend_is_refused_where_no_kernels_are(tmp_path):
    (tmp_path / "network").write_bytes(pickle.dumps(made()))
    code = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "network"],
        env=os.environ | {"NETSPEC_NATIVE": "0"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "UnavailableError: the backend 'native' is not here: NETSPEC_NATIVE=0" in run.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_network_survives_fork_while_its_threads_wait_for_work():
    story = """
import os, numpy, netspec
rows = [{"type": "lstm", "units": 32}, {"type": "dense", "units": 2}]
spec = netspec.NetworkSpec(input={"features": 8}, layers=rows)
network, x = netspec.build(spec, threads=3), numpy.ones((600, 20, 8), "float32")
wanted = [network(x).tobytes() for _ in range(3)]
for _ in range(3):
    child = os.fork()
    if not child:
        os._exit(any(network(x).tobytes() != wanted[0] for _ in range(3)))
    network(x)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise SystemExit(1)
raise SystemExit(network(x).tobytes() != wanted[0])
"""
    run = subprocess.run([sys.executable, "-c", story], check=False, timeout=120)
    assert run.returncode == 0


def test_a_process_ends_quietly_while_threads_compute():
    story = """
import threading, time, numpy, netspec
layers = [{"type": "lstm", "units": 64}]
network = netspec.build(netspec.NetworkSpec(input={"features": 32}, layers=layers))
x = numpy.ones((64, 50, 32), "float32")
def work():
    while True:
        network(x)
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""
    for _ in range(2):
        run = subprocess.run([sys.executable, "-c", story], capture_output=True, timeout=120)
        assert (run.returncode, run.stderr) == (0, b"")
