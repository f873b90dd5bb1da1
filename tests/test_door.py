"""What a caller may hand to a network: kinds of numbers, shapes, lengths, states."""

import pickle

import numpy as np
import pytest

from netspec import NetworkSpec, build, door
from netspec.errors import DataError

ROWS = [
    {"type": "gru", "units": 3, "return_sequences": True},
    {"type": "lstm", "units": 2},
    {"type": "dense", "units": 4},
]


def spec_of(rows=ROWS):
    return NetworkSpec(input={"features": 5}, layers=rows)


@pytest.fixture
def network():
    return build(spec_of(), seed=1)


@pytest.fixture
def x():
    return np.random.default_rng(1).standard_normal((6, 7, 5)).astype("float32")


# Inputs


def test_rows_of_several_lengths_are_refused(network):
    with pytest.raises(DataError, match=r"x: wanted rows of one length"):
        network([[[1, 2, 3, 4, 5]], [[1, 2]]])


@pytest.mark.parametrize("kind", ["int8", "uint16", "int64", "bool", "float16", "float64", ">f4"])
def test_real_numbers_of_any_kind_are_taken(network, x, kind):
    given = np.round(x * 3).astype(kind)
    assert network(given).tobytes() == network(given.astype("float32")).tobytes()
    assert network(given).dtype == np.float32


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_comes_through_the_door_is_plain_and_copied_only_where_it_is_not(dtype):
    spec = NetworkSpec(dtype=dtype, input={"features": 3}, layers=[{"type": "dense", "units": 1}])
    plain = np.arange(12, dtype=dtype).reshape(4, 3)
    unaligned = np.zeros(plain.nbytes + 1, "u1")[1:].view(dtype).reshape(4, 3)
    unaligned[...] = plain
    unpickled = pickle.loads(pickle.dumps(plain))
    makes = [plain, unaligned, unpickled, np.asfortranarray(plain), plain.astype(">f8")]
    for given, shared in zip(makes, [True, False, True, False, False], strict=True):
        found = door.numbers(spec, given, "x")
        assert found.dtype is np.dtype(dtype)
        assert found.flags.c_contiguous
        assert found.flags.aligned
        assert found.tolist() == plain.tolist()
        assert np.shares_memory(found, given) == shared


def test_the_layout_in_memory_does_not_matter(network, x):
    wanted = network(x).tobytes()
    wide = np.zeros((6, 7, 10), "float32")
    wide[:, :, ::2] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    for given in (np.asfortranarray(x), wide[:, :, ::2], frozen, x.tolist()):
        assert network(given).tobytes() == wanted


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((2, 7, 5), complex),
        np.zeros((2, 7, 5), object),
        np.full((2, 7, 5), "1.0"),
        [[["1", 2, 3, 4, 5]]],
        [[[10**400, 2, 3, 4, 5]]],
        np.zeros((2, 7, 5), "datetime64[s]"),
        None,
    ],
)
def test_what_is_not_real_numbers_is_refused(network, given):
    with pytest.raises(DataError, match=r"x: wanted real numbers"):
        network(given)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2, 7, 4), r"x: wanted the shape \(batch, steps, 5\), found \(2, 7, 4\)"),
        ((7, 5), r"put one event into a batch with x\[None\]"),
        ((2, 7, 5, 1), "found"),
        ((), "found"),
        ((2, 0, 5), "at least one step"),
    ],
)
def test_an_input_of_the_wrong_shape_is_refused(network, shape, message):
    with pytest.raises(DataError, match=message):
        network(np.zeros(shape))


def test_sequences_of_any_length_are_taken_where_the_spec_leaves_steps_out(network, x):
    fixed = build(
        NetworkSpec(input={"steps": 7, "features": 5}, layers=ROWS), weights=network.weights
    )
    assert fixed(x).tobytes() == network(x).tobytes()
    assert network(x[:, :1]).shape == (6, 4)
    with pytest.raises(DataError, match=r"\(batch, 7, 5\)"):
        fixed(x[:, :6])


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 2, 3], "wanted 6 whole numbers"),
        ([[1]] * 6, "wanted 6 whole numbers"),
        ([[1], [1, 2]], "wanted 6 whole numbers"),
        ([True] * 6, "wanted 6 whole numbers, found bool"),
        ([1.0] * 6, "wanted 6 whole numbers, found float64"),
        ([7, 7, 8, 1, 1, 1], r"lengths\[2\]: wanted 0 to 7 steps, found 8"),
        ([7, -1, 7, 1, 1, 1], r"lengths\[1\]: wanted 0 to 7 steps, found -1"),
    ],
)
def test_lengths_that_cannot_be_are_refused(network, x, lengths, message):
    with pytest.raises(DataError, match=message):
        network(x, lengths=lengths)


def test_masked_lengths_are_refused(network, x):
    with pytest.raises(DataError, match=r"lengths: wanted every number, found some masked"):
        network(x, lengths=np.ma.array([7] * 6, mask=[1, 0, 0, 0, 0, 0]))


def test_lengths_that_somebody_changes_after_the_look_are_those_that_were_looked_at(x, monkeypatch):
    own, look = np.array([3] * 6), np.flatnonzero

    def looks(found):
        own[:] = 1 << 40
        return look(found)

    monkeypatch.setattr(door.numpy, "flatnonzero", looks)
    assert door.lengths(own, x).tolist() == [3] * 6


def test_lengths_of_flat_events_are_refused():
    flat = build(NetworkSpec(input={"shape": [5]}, layers=ROWS[2:]))
    with pytest.raises(DataError, match="lengths"):
        flat(np.zeros((2, 5)), lengths=[1, 1])


def test_full_lengths_give_the_bits_of_none(network, x):
    assert network(x, lengths=[7] * 6).tobytes() == network(x).tobytes()


# States


def test_a_state_is_returned_by_full_name_and_taken_back(network, x):
    y, state = network(x, return_state=True)
    assert {name: array.shape for name, array in state.items()} == {
        "gru_1/h": (6, 3),
        "lstm_1/h": (6, 2),
        "lstm_1/c": (6, 2),
    }
    assert y.tobytes() == network(x).tobytes()
    first, halfway = network(x[:, :3], return_state=True)
    assert first.shape == (6, 4)
    second, end = network(x[:, 3:], state=halfway, return_state=True)
    np.testing.assert_allclose(second, y, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(end["lstm_1/c"], state["lstm_1/c"], rtol=1e-5, atol=1e-6)


def test_a_state_that_is_left_out_is_where_the_layer_starts(network, x):
    zeros = {name: np.zeros((6, *shape)) for name, shape in network.spec.states().items()}
    wanted = network(x).tobytes()
    assert network(x, state=zeros).tobytes() == wanted
    assert network(x, state={"lstm_1/c": np.zeros((6, 2))}).tobytes() == wanted
    assert network(x, state={}).tobytes() == wanted


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"lstm_1/H": np.zeros((6, 2))}, "did you mean 'lstm_1/h'"),
        ({"lstm_1/h": np.zeros((2, 6))}, r"wanted the shape \(6, 2\), found \(2, 6\)"),
        ({"lstm_1/h": np.zeros((6, 2), complex)}, "wanted real numbers"),
        ({"lstm_1/h": [[1], [1, 2]]}, "lstm_1/h: wanted rows of one length"),
        ([("lstm_1/h", np.zeros((6, 2)))], "state: wanted a mapping"),
    ],
)
def test_a_state_that_cannot_be_is_refused(network, x, state, message):
    with pytest.raises(DataError, match=message):
        network(x, state=state)


def test_a_network_that_reads_in_reverse_refuses_to_be_carried_on(x):
    rows = [{"type": "gru", "units": 3, "direction": "both", "name": "reader"}]
    network = build(spec_of(rows))
    _, state = network(x, return_state=True)
    with pytest.raises(DataError, match="reader"):
        network(x, state=state)


def test_remember_state_is_kept_and_every_call_starts_anew(x):
    rows = [ROWS[1] | {"remember_state": True}]
    network = build(spec_of(rows))
    assert network(x).tobytes() == network(x).tobytes()
    assert network.spec.layers[0].remember_state


def test_masked_numbers_are_not_taken_for_the_numbers_below_the_mask(network, x):
    masked = np.ma.masked_greater(x, 1.0)
    with pytest.raises(DataError, match=r"^x: wanted every number, found some masked"):
        network(masked)
    assert network(masked.filled(0)).shape == (6, 4)
    assert network(np.ma.asarray(x)).tobytes() == network(x).tobytes()


@pytest.mark.parametrize("wrong", [0, [], False, "h", np.zeros(3)])
def test_a_state_that_is_no_mapping_is_refused_also_where_it_is_empty(network, x, wrong):
    with pytest.raises(DataError, match=r"^state: wanted a mapping of arrays by name"):
        network(x, state=wrong)


# Slopes


@pytest.mark.parametrize(
    "dy",
    [np.ones((1, 4), "float32"), np.ones((6, 4)), np.ones(4, "float32"), 1.0, None],
)
def test_slopes_of_another_shape_or_dtype_are_not_stretched_to_fit(network, x, dy):
    with pytest.raises(DataError, match=r"^the slope in y: wanted float32 of the shape \(6, 4\)"):
        network.forward(x).back(dy)


def test_slopes_in_states_that_are_not_there_are_refused(network, x):
    step = network.forward(x)
    dy = np.ones((6, 4), "float32")
    with pytest.raises(DataError, match=r"^dstate: there is no state 'gru/h', did you mean"):
        step.back(dy, {"gru/h": np.ones((6, 3), "float32")})
    with pytest.raises(DataError, match=r"^the slope in lstm_1/c: wanted float32 of .* \(6, 2\)"):
        step.back(dy, {"lstm_1/c": np.ones((1, 2), "float32")})


def test_the_way_back_uses_what_went_in_whatever_became_of_it(network, x):
    state = {"gru_1/h": np.full((6, 3), 0.5, "float32")}
    dy = np.ones((6, 4), "float32")
    wanted = network.forward(x, state=state).back(dy)
    step = network.forward(x, state=state)
    x += 1
    state["gru_1/h"] += 1
    found = step.back(dy)
    for name, slope in wanted.weights.items():
        assert found.weights[name].tobytes() == slope.tobytes()
