"""Tables of vectors: where they may stand, which ids they take, what flows back to a row."""

import json

import numpy as np
import pytest

from netspec import Network, NetworkSpec, build, train
from netspec.errors import DataError, SpecError
from netspec.layers import stack
from tests.asking import TOLERANCE, layers_of

TABLE = {"type": "embedding", "ids": 10, "units": 3}


def spec_of(*rows, **options):
    options = {"input": {"features": 1}, "dtype": "float64"} | options
    return NetworkSpec(layers=[TABLE, *rows], **options)


def ids(*shape):
    return np.random.default_rng(1).integers(0, 10, shape)


def by_hand(W, x, dy):
    """Sum the slopes of every place, one after the other."""
    dW = np.zeros_like(W)
    for at in np.ndindex(x.shape):
        dW[x[at]] += dy[at]
    return dW


@pytest.mark.parametrize("shape", [(7,), (4, 1), (4, 3)], ids=str)
def test_a_row_of_the_table_stands_where_its_id_stood(shape, b):
    layers, x = layers_of([TABLE]), ids(5, *shape)
    W = np.random.default_rng(2).standard_normal((10, 3))
    step, _ = stack.forward(layers, b, {"embedding_1/W": W}, x.astype("float64"))
    assert step.y.tolist() == W[x].reshape(5, shape[0], -1).tolist()
    dy = np.random.default_rng(3).standard_normal(step.y.shape)
    slopes = step.back(dy)
    assert not np.any(slopes.x)
    wanted = by_hand(W, x, dy.reshape(*x.shape, 3))
    np.testing.assert_allclose(slopes.weights["embedding_1/W"], wanted, rtol=1e-13, atol=1e-13)


def test_a_lookup_of_deep_breathe(oracle_files, b):
    text = (oracle_files / "deep_breathe" / "micro.json").read_text()
    case = json.loads(text)["cases"]["embedding_lookup"]
    table = np.array(case["table"])
    layers = layers_of([{"type": "embedding", "ids": len(table), "units": table.shape[1]}])
    y, _, _ = stack.apply(layers, b, {"embedding_1/W": table}, np.array(case["ids"], "float64"))
    np.testing.assert_allclose(y, case["output"], rtol=TOLERANCE, atol=TOLERANCE)


def test_a_table_that_stays_has_no_slope(b):
    frozen = layers_of([TABLE | {"trainable": False}])
    step, _ = stack.forward(frozen, b, {"embedding_1/W": np.ones((10, 3))}, ids(2, 4) * 1.0)
    assert step.back(step.y).weights == {}
    assert not stack.parameters(frozen, (4,))["embedding_1/W"].trainable


def test_ids_may_be_integers_of_any_kind_and_padding_anything(b):
    network = build(spec_of({"type": "lstm", "units": 2, "return_sequences": True}), seed=3)
    network = Network(network.spec, network.weights, b)
    x, lengths = ids(3, 5, 1), np.array([5, 2, 0])
    wanted = network(x.astype("float64"), lengths=lengths)
    for kind in ("uint8", "int64", "float32"):
        assert network(x.astype(kind), lengths=lengths).tobytes() == wanted.tobytes()
    padded = x.astype("float64")
    padded[1, 2:], padded[2] = np.nan, 1e9
    assert network(padded, lengths=lengths).tobytes() == wanted.tobytes()
    step = network.forward(padded, lengths=lengths)
    assert np.isfinite(step.back(step.y).weights["embedding_1/W"]).all()


@pytest.mark.parametrize("wrong", [10, -1, 2.5, np.nan, np.inf])
def test_what_is_no_id_is_refused_with_event_and_step(wrong, b):
    network = build(spec_of({"type": "gru", "units": 2}))
    network = Network(network.spec, network.weights, b)
    x = ids(4, 6, 1).astype("float64")
    x[2, 3] = wrong
    found = rf"^x: event 2, step 3: wanted a whole number from 0 to 9, found {wrong}$"
    for deed in (network, network.forward, network.golden):
        with pytest.raises(DataError, match=found):
            deed(x)
    assert len(network(x, lengths=[6, 6, 3, 6])) == 4


def test_of_several_ids_a_step_the_wrong_one_is_named():
    network = build(spec_of({"type": "flatten"}, input={"shape": [4, 2]}))
    x = ids(3, 4, 2)
    x[1, 2, 1] = 77
    with pytest.raises(DataError, match=r"x: event 1, step 2, id 1: .* found 77$"):
        network(x)


def test_a_wrong_id_among_many_events_is_found():
    network = build(spec_of({"type": "rnn", "units": 1}))
    x = ids(9000, 2, 1)
    x[8999, 1] = 10
    with pytest.raises(DataError, match="event 8999, step 1"):
        network(x)


def test_a_table_stands_first_or_nowhere():
    for row in ({"type": "dense", "units": 2}, TABLE | {"name": "other"}):
        with pytest.raises(SpecError, match=r"layers\.1: wanted it first, .* found it behind '"):
            NetworkSpec(input={"features": 1}, layers=[row, TABLE])
    with pytest.raises(SpecError, match="which takes ids: put it before this layer"):
        NetworkSpec(input={"features": 1}, layers=[{"type": "bidirectional", "layers": [TABLE]}])
    with pytest.raises(SpecError, match=r"layers\.0: wanted an input of \(n,\) or \(steps, k\)"):
        spec_of(input={"shape": [2, 3, 4]})


def test_ids_are_not_dropped_but_their_vectors_may_be():
    y, settings = np.arange(8) % 2, {"loss": "softmax_cross_entropy", "epochs": 1, "validation": 0}
    rows = [{"type": "last_step"}, {"type": "dense", "units": 2}]
    network = build(spec_of(*rows))
    with pytest.raises(SpecError, match=r"^training\.dropout\.0: wanted 0 where ids come in"):
        train(network, (ids(8, 3, 1), y), settings=settings | {"dropout": [0.5]})
    train(network, (ids(8, 3, 1), y), settings=settings | {"dropout": [0.0, 0.5]})


def test_more_ids_than_float32_can_tell_apart_are_refused():
    most = TABLE | {"ids": 2**24}
    NetworkSpec(input={"features": 1}, layers=[most])
    more = TABLE | {"ids": 2**24 + 1}
    NetworkSpec(input={"features": 1}, layers=[more], dtype="float64")
    with pytest.raises(SpecError, match=r"layers\.0\.ids: wanted at most 16777216 ids"):
        NetworkSpec(input={"features": 1}, layers=[more])


def test_blocks_of_events_give_the_bits_of_single_events(native):
    """More vectors than are made at once: the ids of a block at a time."""
    spec = spec_of({"type": "gru", "units": 2}, dtype="float32")
    network = build(spec, seed=1)
    x = ids(5000, 3, 1)
    whole, last = network(x, return_state=True)
    for event in (0, 4095, 4096, 4999):
        y, final = network(x[event : event + 1], return_state=True)
        assert y.tobytes() == whole[event : event + 1].tobytes()
        assert final["gru_1/h"].tobytes() == last["gru_1/h"][event : event + 1].tobytes()
