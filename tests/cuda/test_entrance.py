"""What a network on a GPU refuses of arrays that lie there, and what it waits for."""

import numpy as np
import pytest

from netspec import NetworkSpec, build
from netspec.errors import DataError

SPEC = NetworkSpec(
    input={"features": 5},
    layers=[{"type": "gru", "units": 3, "return_sequences": True}, {"type": "lstm", "units": 2}],
)
BOTH = NetworkSpec(
    input={"features": 5},
    layers=[{"type": "gru", "name": "reader", "units": 3, "direction": "both"}],
)
WORDS = NetworkSpec(
    input={"features": 1},
    layers=[{"type": "embedding", "ids": 9, "units": 3}, {"type": "rnn", "units": 2}],
)


@pytest.fixture
def network(cupy):
    return build(SPEC, device="cuda")


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((6, 7, 5)).astype("float32")


@pytest.fixture
def waits(cupy, monkeypatch):
    """Every answer that was brought back from the GPU; known on the model alone."""
    found = []
    if not hasattr(cupy, "machine"):
        return None
    get = cupy.ndarray.get
    monkeypatch.setattr(
        cupy.ndarray, "get", lambda array, *a, **k: found.append(array.size) or get(array, *a, **k)
    )
    for verb in ("__bool__", "__int__", "__float__", "item", "tolist"):
        own = getattr(cupy.ndarray, verb)
        monkeypatch.setattr(
            cupy.ndarray, verb, lambda array, own=own: found.append(array.size) or own(array)
        )
    return found


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 7, 4), r"x: wanted the shape \(batch, steps, 5\), found \(2, 7, 4\)"),
        ((7, 5), r"put one event into a batch with x\[None\]"),
        ((), "found"),
        ((2, 0, 5), "at least one step"),
    ],
)
def test_an_input_of_the_wrong_shape_is_refused(cupy, network, shape, message):
    with pytest.raises(DataError, match=message):
        network(cupy.asarray(np.zeros(shape)))


def test_complex_numbers_are_refused(cupy, network, x):
    with pytest.raises(DataError, match="x: wanted real numbers, found an array of complex64"):
        network(cupy.asarray(x.astype("complex64")))
    with pytest.raises(DataError, match=r"state gru_1/h: wanted real numbers"):
        network(cupy.asarray(x), state={"gru_1/h": cupy.asarray(np.zeros((6, 3), complex))})


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 2, 3], "wanted 6 whole numbers"),
        ([[1]] * 6, "wanted 6 whole numbers"),
        ([True] * 6, "wanted 6 whole numbers, found bool"),
        ([1.0] * 6, "wanted 6 whole numbers, found float64"),
        ([7, 7, 8, 1, 1, 1], r"lengths\[2\]: wanted 0 to 7 steps, found 8"),
        ([7, -1, 7, 1, 1, 1], r"lengths\[1\]: wanted 0 to 7 steps, found -1"),
    ],
)
def test_lengths_that_cannot_be_are_refused(cupy, network, x, lengths, message):
    for given in (cupy.asarray(x), x):
        with pytest.raises(DataError, match=message):
            network(given, lengths=cupy.asarray(np.array(lengths)))


def test_lengths_that_no_signed_number_holds_are_refused(cupy, network, x):
    lengths = np.array([7, 7, 2**63 + 7, 7, 7, 7], "uint64")
    with pytest.raises(DataError, match=rf"lengths\[2\]: .* found {2**63 + 7}"):
        network(cupy.asarray(x), lengths=cupy.asarray(lengths))


def test_lengths_of_flat_events_are_refused(cupy):
    flat = build(NetworkSpec(input={"shape": [5]}, layers=[{"type": "dense", "units": 1}]))
    with pytest.raises(DataError, match="lengths: wanted an input of"):
        flat.to("cuda")(cupy.asarray(np.zeros((2, 5))), lengths=cupy.asarray([1, 1]))


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"lstm_1/H": (6, 2)}, "did you mean 'lstm_1/h'"),
        ({"lstm_1/h": (2, 6)}, r"wanted the shape \(6, 2\), found \(2, 6\)"),
    ],
)
def test_a_state_that_cannot_be_is_refused(cupy, network, x, state, message):
    state = {name: cupy.asarray(np.zeros(shape)) for name, shape in state.items()}
    for given in (cupy.asarray(x), x):
        with pytest.raises(DataError, match=message):
            network(given, state=state)


def test_a_network_that_reads_in_reverse_refuses_to_be_carried_on(cupy, x):
    there = build(BOTH, device="cuda")
    _, state = there(cupy.asarray(x), return_state=True)
    with pytest.raises(DataError, match="reader"):
        there(cupy.asarray(x), state=state)


@pytest.mark.parametrize(
    "wrong", [9.0, -1.0, 0.5, 8.999999, np.nan, np.inf, -np.inf, 1e30, 1e-45, -1e-45]
)
def test_ids_that_no_row_has_are_refused_with_their_place(cupy, wrong):
    here, ids = build(WORDS, seed=1), np.arange(8.0).reshape(2, 4, 1).astype("float32")
    there = here.to("cuda")
    assert there(cupy.asarray(ids)).get().tobytes() == here.to("cuda")(ids).tobytes()
    ids[1, 2, 0] = wrong
    messages = []
    for given in (ids, cupy.asarray(ids)):
        with pytest.raises(DataError, match="event 1, step 2: wanted a whole number") as error:
            there(given)
        messages.append(str(error.value))
    assert messages[0] == messages[1]
    lengths = [4, 2]  # padding may be anything
    assert there(cupy.asarray(ids), lengths=cupy.asarray(lengths)).shape == (2, 2)
    with pytest.raises(DataError, match="event 1, step 2"):
        there(cupy.asarray(ids), lengths=cupy.asarray([4, 3]))


def test_nothing_is_waited_for_but_lengths_and_ids_that_lie_there(cupy, network, x, waits):
    if waits is None:
        pytest.skip("a GPU does not tell")
    there, lengths = cupy.asarray(x), [7, 0, 3, 1, 7, 2]
    state = {"gru_1/h": cupy.asarray(np.zeros((6, 3)))}
    network(there, lengths=lengths, state=state, return_state=True)
    network.forward(there, lengths=lengths).back(cupy.asarray(np.ones((6, 2), "float32")))
    assert waits == []
    network(there, lengths=cupy.asarray(lengths))
    assert waits == [1]
    build(WORDS, device="cuda")(cupy.asarray(np.zeros((2, 4, 1))))
    assert waits == [1, 1]


def test_lengths_that_somebody_changes_after_the_look_are_those_that_were_looked_at(
    cupy, network, x, monkeypatch
):
    own = cupy.asarray(np.array([3] * 6))
    look = type(network.backend).all

    def looks(b, truth):
        found = look(b, truth)
        own[...] = 1 << 40
        return found

    monkeypatch.setattr(type(network.backend), "all", looks)
    y = network(cupy.asarray(x), lengths=own)
    assert y.get().tobytes() == network(x, lengths=[3] * 6).tobytes()


# Slopes


def test_slopes_may_lie_there_or_in_memory(cupy, network, x):
    dy, dh = np.ones((6, 2), "float32"), {"gru_1/h": np.ones((6, 3), "float32")}
    step = network.forward(cupy.asarray(x))
    wanted = step.back(cupy.asarray(dy), {k: cupy.asarray(v) for k, v in dh.items()})
    found = network.forward(x).back(dy, dh)
    assert isinstance(found.x, cupy.ndarray)
    assert found.x.get().tobytes() == wanted.x.get().tobytes()
    for name, slope in wanted.weights.items():
        assert found.weights[name].get().tobytes() == slope.get().tobytes()


@pytest.mark.parametrize("dy", [np.ones((1, 2), "float32"), np.ones((6, 2)), 1.0, None])
def test_slopes_of_another_shape_or_dtype_are_not_stretched_to_fit(cupy, network, x, dy):
    step = network.forward(cupy.asarray(x))
    for slope in (dy, cupy.asarray(dy)) if isinstance(dy, np.ndarray) else (dy,):
        with pytest.raises(DataError, match=r"^the slope in y: wanted float32 of the shape"):
            step.back(slope)


def test_the_way_back_uses_what_went_in_whatever_became_of_it(cupy, network, x):
    given, state = cupy.asarray(x), {"gru_1/h": cupy.asarray(np.full((6, 3), 0.5, "float32"))}
    dy = cupy.asarray(np.ones((6, 2), "float32"))
    wanted = network.forward(given, state=state).back(dy)
    step = network.forward(given, state=state)
    given[...] = 1
    state["gru_1/h"][...] = 1
    found = step.back(dy)
    for name, slope in wanted.weights.items():
        assert found.weights[name].get().tobytes() == slope.get().tobytes()
