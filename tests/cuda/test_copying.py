"""Arrays in memory go through the GPU in chunks, on two streams; memory that is short is no end."""

import threading

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build
from netspec.backends.cuda import copying, passage
from netspec.errors import UnavailableError

SPEC = NetworkSpec(
    input={"features": 2},
    layers=[{"type": "rnn", "units": 3, "return_sequences": True}, {"type": "dense", "units": 2}],
)


@pytest.fixture
def network(native):
    return Network(SPEC, build(SPEC, seed=1).weights, native)


@pytest.fixture
def on_gpu(cupy, network):
    return network.to("cuda")


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((1000, 4, 2)).astype("float32")


@pytest.fixture
def lengths():
    return np.random.default_rng(2).integers(0, 5, 1000)


@pytest.fixture
def in_chunks(monkeypatch):
    """Chunks of few events, for which other tests would want gigabytes."""
    monkeypatch.setattr(copying, "STRAIGHT", 0)
    monkeypatch.setattr(copying, "CHUNK", 2**15)
    monkeypatch.setattr(copying, "PIECE", 2**8)


def test_chunks_give_the_bits_of_one_call(in_chunks, on_gpu, network, x, lengths, monkeypatch):
    sent = []
    send = copying.Lane.send
    monkeypatch.setattr(
        copying.Lane,
        "send",
        lambda lane, b, work, arrays, part: (
            sent.append((lane, part.stop - part.start)) or send(lane, b, work, arrays, part)
        ),
    )
    state = {"rnn_1/h": np.full((1000, 3), 0.25, "float32")}
    y, end = on_gpu(x, lengths=lengths, state=state, return_state=True)
    wanted, last = network(x, lengths=lengths, state=state, return_state=True)
    assert y.tobytes() == wanted.tobytes()
    assert end["rnn_1/h"].tobytes() == last["rnn_1/h"].tobytes()
    lanes, rows = zip(*sent, strict=True)
    assert sum(rows) == 1000
    assert len(set(rows[:-1])) == 1
    assert len(rows) > 8
    assert set(lanes[::2]) == {lanes[0]} != set(lanes[1::2]) == {lanes[1]}


def test_threads_that_share_a_copy_leave_no_row_out(monkeypatch):
    monkeypatch.setattr(copying, "PIECE", 64)
    for rows in (1, 2, 3, 4, 7, 100, 101):
        given = np.random.default_rng(rows).standard_normal((rows, 5))
        to = np.full((rows, 5), np.nan)
        copying._copy(to, given)
        assert to.tobytes() == given.tobytes()


def test_few_numbers_go_straight(on_gpu, network, x, monkeypatch):
    monkeypatch.setattr(copying.Lane, "send", None)
    assert on_gpu(x).tobytes() == network(x).tobytes()


def test_what_is_to_be_written_when_a_copy_ends_is_not_written_before(in_chunks, on_gpu, x):
    """Page-locked memory is lent to nobody else while something is on its way in it."""
    on_gpu(x)
    for lane in on_gpu.backend.lanes.pair:
        assert lane._locked == []
        assert lane._results == {}


@pytest.mark.parametrize("where", ["in memory", "on the GPU"])
def test_where_memory_is_short_fewer_events_are_tried(
    device_model, network, x, lengths, where, monkeypatch
):
    monkeypatch.setattr(copying, "STRAIGHT", 0)
    monkeypatch.setattr(passage, "FEW", 0)
    monkeypatch.setattr(passage, "HELD", 1e-3)  # a guess that is much too high
    there = network.to("cuda")
    gpu = device_model.machine.gpus[0]
    given = x if where == "in memory" else device_model.asarray(x)
    gpu.memory = gpu.lent + 120_000
    y = there(given, lengths=lengths)
    found = y if where == "in memory" else y.get()
    assert found.tobytes() == network(x, lengths=lengths).tobytes()
    assert gpu.most_lent <= gpu.memory


@pytest.mark.parametrize("where", ["in memory", "on the GPU"])
def test_where_one_event_does_not_fit_one_sentence_says_what_was_wanted(
    device_model, network, x, where
):
    there = network.to("cuda")
    gpu = device_model.machine.gpus[0]
    given = x[:50] if where == "in memory" else device_model.asarray(x[:50])
    gpu.memory = gpu.lent + 512
    with pytest.raises(UnavailableError, match=r"'cuda:0': wanted .* of its memory") as error:
        there(given)
    assert "\n" not in str(error.value)
    with pytest.raises(UnavailableError, match=r"wanted .* of its memory"):
        there.forward(given)
    gpu.memory = 2**28
    assert there(x).tobytes() == network(x).tobytes()  # nothing was left behind


def test_calls_give_back_all_memory_that_they_take(device_model, network, x, in_chunks):
    there, gpu = network.to("cuda"), device_model.machine.gpus[0]
    given = device_model.asarray(x)
    lent = []
    for some in (x, given, x[:3], given[:3]) * 3:
        there(some, return_state=True)
        lent.append(gpu.lent)
    assert lent[4:] == [lent[4]] * 8


@pytest.mark.parametrize("chunks", [0, 1, 4])
def test_an_error_in_the_work_leaves_nothing_on_its_way(
    in_chunks, on_gpu, network, x, chunks, monkeypatch
):
    stages = on_gpu._prepared.plan._stages
    run, calls = stages.run, []

    def breaks(*given):
        calls.append(given)
        if len(calls) > chunks:
            raise RuntimeError("broken")
        return run(*given)

    with monkeypatch.context() as for_now:
        for_now.setattr(stages, "run", breaks)
        with pytest.raises(RuntimeError, match="broken"):
            on_gpu(x)
    for some in (x[:40], x):
        assert on_gpu(some).tobytes() == network(some).tobytes()


def test_threads_call_one_network_each_on_streams_of_its_own(in_chunks, on_gpu, network, x):
    found, lanes = {}, {}

    def call(number):
        found[number] = on_gpu(x[number * 200 : number * 200 + 200]).tobytes()
        lanes[number] = on_gpu.backend.lanes.pair

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = network(x)
    for number in range(4):
        assert found[number] == wanted[number * 200 : number * 200 + 200].tobytes()
    assert len({id(lane) for pair in lanes.values() for lane in pair}) == 8


def test_a_million_events_are_a_few_chunks(device_model, network, monkeypatch):
    asked = []
    monkeypatch.setattr(
        copying, "_in_turns", lambda b, work, arrays, events, rows: asked.append(rows)
    )
    x = np.broadcast_to(np.float32(0), (10**6, 10, 30))
    copying.through(network.to("cuda").backend, None, {"x": x}, 10**6, 10**6, 400)
    assert 4 <= -(-(10**6) // asked[0]) <= 20
