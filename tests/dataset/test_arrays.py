"""Data sets of arrays: what is taken is what was given, in the spec's dtype; bad data is named."""

from __future__ import annotations

import numpy
import pytest

from netspec import dataset, targets
from netspec.errors import DataError
from tests.dataset.events import LENGTHS, SPEC, STATE, WEIGHTS, X, Y, network, same

ROWS = [[0, 1, 2], [49, 3, 3, 17], [], list(range(50))]


@pytest.mark.parametrize("dtype", ["float32", "float64", ">f8", "float16", "int32"])
@pytest.mark.parametrize("working", ["float32", "float64"])
def test_events_come_by_number_in_the_dtype_of_the_spec(dtype, working):
    x = (X * 100).astype(dtype)
    data = dataset.of_arrays(network(dtype=working), (x, Y), weights=WEIGHTS, lengths=LENGTHS)
    assert len(data) == 50
    assert data.shape == (50, 4, 3)
    for rows in ROWS:
        same(data.take(numpy.array(rows, "int64")), rows, x, Y, WEIGHTS, LENGTHS, working)
    same(data.rows(10, 20), range(10, 20), x, Y, WEIGHTS, LENGTHS, working)
    same(data.rows(45, 99), range(45, 50), x, Y, WEIGHTS, LENGTHS, working)


@pytest.mark.parametrize("turn", [numpy.asfortranarray, lambda x: numpy.repeat(x, 2, 0)[::2]])
def test_arrays_may_lie_in_memory_as_they_like(turn):
    data = dataset.of_arrays(SPEC, (turn(X.astype("float32")), Y))
    same(data.take([5, 1]), [5, 1])
    same(data.rows(3, 9), range(3, 9))


def test_a_mapping_names_all_of_it():
    data = dataset.of_arrays(
        SPEC,
        {"x": X, "y": Y, "weights": WEIGHTS, "lengths": LENGTHS, "state/lstm_1/h": STATE},
        state={"lstm_1/c": STATE * 2},
    )
    batch = data.take([7, 2])
    same(batch, [7, 2], X, Y, WEIGHTS, LENGTHS)
    assert batch.state.keys() == {"lstm_1/h", "lstm_1/c"}
    assert numpy.array_equal(batch.state["lstm_1/h"], STATE[[7, 2]].astype("float32"))
    assert numpy.array_equal(batch.state["lstm_1/c"], (STATE[[7, 2]] * 2).astype("float32"))
    assert dataset.of_arrays(SPEC, (X, Y)).take([1]).state == {}


def test_lists_are_arrays():
    data = dataset.of_arrays(SPEC, (X.tolist(), Y.tolist()), weights=WEIGHTS.tolist())
    same(data.take([5, 1]), [5, 1], weights=WEIGHTS)


def test_targets_alone_are_read_without_the_inputs(tmp_path, monkeypatch):
    numpy.save(tmp_path / "x.npy", X)
    data = dataset.of_arrays(SPEC, (numpy.load(tmp_path / "x.npy", mmap_mode="r"), Y))
    monkeypatch.setattr("os.preadv", None)
    assert data.targets([4, 3]).tolist() == [[1.0], [0.0]]


def test_memory_maps_are_converted_batch_by_batch(tmp_path):
    numpy.save(tmp_path / "x.npy", X)
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="r")
    data = dataset.of_arrays(SPEC, (mapped, Y), weights=WEIGHTS)
    for rows in ROWS:
        same(data.take(numpy.array(rows, "int64")), rows, weights=WEIGHTS)


def test_sequences_of_different_lengths_are_padded():
    some = [X[n, :length] for n, length in enumerate(LENGTHS)]
    for given in (some, tuple(some), numpy.array(some, dtype=object), [s.tolist() for s in some]):
        data = dataset.of_arrays(network(steps=None), (given, Y))
        batch = data.take([4, 11])
        assert batch.lengths.tolist() == [4, 1]
        assert numpy.array_equal(batch.x[0], X[4].astype("float32"))
        assert numpy.array_equal(batch.x[1, :1], X[11, :1].astype("float32"))
        assert not batch.x[1, 1:].any()
    longest = dataset.of_arrays(network(steps=9), (some, Y))
    assert longest.shape == (50, 9, 3)


def test_targets_of_such_sequences_may_come_one_by_one_too():
    spec = network(per_step=True, steps=None)
    some = [X[n, :length] for n, length in enumerate(LENGTHS)]
    labels = [(numpy.arange(length) % 2).tolist() for length in LENGTHS]
    batch = dataset.of_arrays(spec, (some, labels)).take([4, 3, 0])
    assert batch.t[..., 0].tolist() == [[0, 1, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]]
    named = [numpy.array(["Background", "Signal"])[label] for label in map(numpy.array, labels[1:])
             if len(label)]  # fmt: skip
    some = [row for row in some[1:] if len(row)]
    batch = dataset.of_arrays(spec, (some, named)).take([3, 2])
    assert batch.t[..., 0].tolist() == [[0, 1, 0, 1], [0, 1, 0, 0]]


def test_padding_may_hold_anything():
    x, y = X.copy(), (X[..., 0] > 0).astype("float64")
    for event, length in enumerate(LENGTHS):
        x[event, length:], y[event, length:] = numpy.nan, 17
    data = dataset.of_arrays(network(per_step=True), (x, y), lengths=LENGTHS)
    t = data.take(numpy.arange(50)).t[..., 0]
    for event, length in enumerate(LENGTHS):
        assert t[event, :length].tolist() == (X[event, :length, 0] > 0).tolist()
        assert not t[event, length:].any()


def test_other_data_have_another_fingerprint():
    def of(x=X, y=Y, **more):
        return dataset.of_arrays(SPEC, (x, y), **more).fingerprint

    prints = [
        of(),
        of(at(X, (-1, -1, -1), X[-1, -1, -1] + 1e-9)),
        of(at(X, (20, 0, 0), X[20, 0, 0] + 1e-9)),
        of(y=at(Y, 20, 1 - Y[20])),
        of(X[:-1], Y[:-1]),
        of(X.astype("float32")),
        of(y=1 - Y),
        of(weights=WEIGHTS),
        of(lengths=LENGTHS),
        of(state={"lstm_1/h": STATE}),
    ]
    assert len(set(prints)) == len(prints)
    assert of() == of(X.copy(), Y.copy())


def test_of_large_data_some_events_along_the_way_tell(monkeypatch):
    monkeypatch.setattr("netspec.dataset.events.LARGEST_READ", X[:5].nbytes)
    first, *others = (
        dataset.of_arrays(SPEC, (x, Y)).fingerprint
        for x in (X, *(at(X, row, X[row] + 1e-9) for row in range(len(X))))
    )
    told = [row for row, other in enumerate(others) if other != first]
    assert told == [0, 12, 24, 36, 49]


def at(array, place, value):
    changed = numpy.array(array, "float64")
    changed[place] = value
    return changed


BAD = [
    ({"x": X[..., :2]}, r"x: wanted the shape \(events, 4, 3\), found \(50, 4, 2\)"),
    ({"x": X[0]}, r"x: wanted the shape \(events, 4, 3\), found \(4, 3\)"),
    ({"x": X[:0], "y": Y[:0]}, "x: wanted at least one event, found none"),
    ({"x": at(X, (17, 2, 1), numpy.nan)}, r"x\[17, 2, 1\]: wanted a finite number.*found nan"),
    ({"x": at(X, (17, 2, 1), -numpy.inf)}, r"x\[17, 2, 1\]: .*found -inf"),
    ({"x": at(X, (3, 0, 0), 1e39)}, r"x\[3, 0, 0\]: wanted a finite number of float32, found inf"),
    ({"x": X + 0j}, "x: wanted real numbers, found an array of complex128"),
    ({"x": numpy.array(X, dtype=object)}, "x: wanted real numbers, found an array of object"),
    ({"x": numpy.ma.masked_less(X, 0)}, "x: .*found some masked"),
    ({"x": [[1, 2], [3]]}, r"x\[0\]: wanted the shape"),
    ({"y": Y[:-1]}, "y: wanted 50 rows, one for each event, found 49"),
    ({"y": at(Y, 7, numpy.nan)}, r"y\[7\]: wanted a number from 0 to 1"),
    ({"y": at(Y, 7, 2)}, r"y\[7\]: wanted a number from 0 to 1.*found 2"),
    ({"y": numpy.ones(50)}, "y: wanted events of several classes, found only Signal"),
    ({"y": ["Background"] * 50}, "y: wanted events of several classes, found only Background"),
    ({"y": None}, "data: wanted x and y, found no y"),
    ({"weights": WEIGHTS[1:]}, "weights: wanted 50 rows"),
    ({"weights": at(WEIGHTS, 9, numpy.nan)}, r"weights\[9\]: wanted a finite weight.*found nan"),
    ({"weights": at(WEIGHTS, 9, numpy.inf)}, r"weights\[9\]: wanted a finite weight.*found inf"),
    ({"weights": at(WEIGHTS, 9, -1e6)}, r"weights: .*sum is above 0, found -"),
    ({"weights": numpy.zeros(50)}, "weights: .*sum is above 0, found 0"),
    ({"weights": numpy.ones((50, 4))}, r"weights: wanted one number for each event, found \(50, 4"),
    ({"weights": ["heavy"] * 50}, "weights: wanted real numbers"),
    (
        {"lengths": at(LENGTHS, 5, 5)},
        r"lengths\[5\]: wanted a whole number of steps, 0 to 4.*und 5",
    ),
    ({"lengths": at(LENGTHS, 5, -1)}, r"lengths\[5\]: .*found -1"),
    ({"lengths": at(LENGTHS, 5, 1.5)}, r"lengths\[5\]: .*found 1.5"),
    ({"lengths": at(LENGTHS, 5, numpy.nan)}, r"lengths\[5\]: .*found nan"),
    ({"state/lstm_1/hh": STATE}, r"no state 'lstm_1/hh', did you mean 'lstm_1/h'"),
    (
        {"state/lstm_1/h": STATE[:, 1:]},
        r"state/lstm_1/h: wanted the shape \(50, 5\), found \(50, 4",
    ),
    ({"state/lstm_1/h": at(STATE, (9, 1), numpy.nan)}, r"state/lstm_1/h\[9, 1\]: wanted a finite"),
    ({"wieghts": WEIGHTS}, "there is no 'wieghts', did you mean 'weights'"),
]


@pytest.mark.parametrize(("change", "found"), BAD)
def test_bad_data_are_one_sentence_that_names_the_first_bad_event(change, found):
    with pytest.raises(DataError, match=found) as caught:
        dataset.of_arrays(SPEC, {"x": X, "y": Y} | change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [X, (X,), (X, Y, Y), None, "jets.npz"])
def test_what_is_neither_a_pair_nor_a_mapping_is_refused(data):
    with pytest.raises(DataError, match=r"data: wanted \(x, y\) or a mapping"):
        dataset.of_arrays(SPEC, data)


def test_a_memory_map_is_refused_by_the_same_error_when_the_event_is_taken(tmp_path):
    numpy.save(tmp_path / "x.npy", at(X, (17, 2, 1), numpy.nan))
    mapped = numpy.load(tmp_path / "x.npy", mmap_mode="r")
    data = dataset.of_arrays(SPEC, (mapped, Y))
    same(data.take([16, 18]), [16, 18])
    for take in (lambda: data.take([18, 17, 16]), lambda: data.rows(10, 20)):
        with pytest.raises(DataError, match=r"x\[17, 2, 1\]: wanted a finite number"):
            take()


def test_states_want_layers_that_read_forward():
    spec = network().model_copy(update={})
    reverse = type(spec).from_data(
        {
            "input": {"features": 3, "steps": 4},
            "layers": [{"type": "lstm", "units": 5, "direction": "reverse"}],
            "output": {},
        }
    )
    with pytest.raises(DataError, match="found 'lstm_1', which reads in reverse"):
        dataset.of_arrays(reverse, (X, STATE), state={"lstm_1/h": STATE})


def test_lengths_want_sequences():
    spec = network().from_data(
        {"input": {"shape": [12]}, "layers": [{"type": "dense", "units": 1}]}
    )
    with pytest.raises(DataError, match="lengths: wanted an input of"):
        dataset.of_arrays(spec, (X.reshape(50, 12), WEIGHTS), lengths=LENGTHS)


RAGGED = [X[n, : 1 + n % 4] for n in range(50)]


@pytest.mark.parametrize(
    ("x", "more", "found"),
    [
        ([*RAGGED[:7], X[7, :, :2], *RAGGED[8:]], {}, r"x\[7\]: wanted the shape \(steps, 3\)"),
        ([*RAGGED[:7], X[7] + 1j, *RAGGED[8:]], {}, r"x\[7\]: wanted real numbers"),
        (RAGGED, {"lengths": LENGTHS}, "lengths: wanted none beside sequences"),
    ],
)
def test_bad_sequences_are_named(x, more, found):
    with pytest.raises(DataError, match=found):
        dataset.of_arrays(network(steps=None), (x, Y), **more)


def test_a_sequence_longer_than_the_spec_allows_is_named():
    with pytest.raises(DataError, match=r"x\[2\]: wanted the shape \(at most 2, 3\), found \(3, 3"):
        dataset.of_arrays(network(steps=2), (RAGGED, Y))


def test_targets_one_by_one_must_have_the_steps_of_their_sequences():
    labels = [[0, 1, 0, 1][: len(row)] for row in RAGGED]
    labels[9] = [0] * 7
    with pytest.raises(DataError, match=r"y\[9\]: wanted 2 steps, as x\[9\] has, found 7"):
        dataset.of_arrays(network(per_step=True, steps=None), (RAGGED, labels))
    with pytest.raises(DataError, match="y: wanted 4 steps, as the events have, found 3"):
        dataset.of_arrays(network(per_step=True, steps=None), (X, X[:, :3, 0] > 0))


def test_one_class_will_do_where_nothing_is_learned():
    data = dataset.of_arrays(SPEC, (X, numpy.ones(50)), one_class=True)
    assert data.take([3]).t.tolist() == [[1.0]]


def test_one_class_counts_valid_steps_only_and_regression_does_not_care():
    y = numpy.zeros((50, 4))
    y[:, 3] = 1
    with pytest.raises(DataError, match="found only Background"):
        dataset.of_arrays(network(per_step=True), (X, y), lengths=numpy.full(50, 3))
    dataset.of_arrays(network(per_step=True), (X, y), lengths=numpy.full(50, 4))
    numbers = network(classes=(), training={"loss": "squared_error"})
    assert dataset.of_arrays(numbers, (X, numpy.ones(50))).take([0]).t.tolist() == [[1.0]]
    three = network(width=3, classes="abc", training={"loss": "softmax_cross_entropy"})
    with pytest.raises(DataError, match="found only c"):
        dataset.of_arrays(three, (X, ["c"] * 50))
    dataset.of_arrays(three, (X, [2, 1] * 25))


def test_numbers_of_events_that_are_not_there_are_a_fault_of_the_caller():
    data = dataset.of_arrays(SPEC, (X, Y))
    for rows in ([50], [-1]):
        with pytest.raises(IndexError, match="0 to 49"):
            data.take(rows)


def test_ids_are_held_against_the_table_they_are_looked_up_in(tmp_path):
    layers = [{"type": "embedding", "ids": 5, "units": 2}, {"type": "lstm", "units": 3}]
    spec = network(input={"features": 1}, layers=[*layers, {"type": "dense", "units": 1}])
    x = (numpy.arange(200) % 5).reshape(50, 4, 1)
    assert dataset.of_arrays(spec, (x, Y)).take([1]).x[0, :, 0].tolist() == [4, 0, 1, 2]
    x[17, 2, 0] = 5
    with pytest.raises(DataError, match=r"event 17, step 2.*from 0 to 4, found 5"):
        dataset.of_arrays(spec, (x, Y))
    dataset.of_arrays(spec, (x, Y), lengths=numpy.full(50, 2))
    numpy.save(tmp_path / "x.npy", x)
    mapped = dataset.of_arrays(spec, (numpy.load(tmp_path / "x.npy", mmap_mode="r"), Y))
    with pytest.raises(DataError, match="event 17, step 2"):
        mapped.take([3, 17, 5])


def test_many_classes_are_looked_at_a_few_events_at_a_time(monkeypatch):
    """A target is a number, and what becomes of it as many as there are classes."""
    spec = network(True, 40, map(str, range(40)), training={"loss": "softmax_cross_entropy"})
    seen = []
    looked = targets.Answers.fitting
    monkeypatch.setattr("netspec.data.rows.LARGEST_PASS", 1000)
    monkeypatch.setattr(
        targets.Answers, "fitting", lambda *a: seen.append(a[1].shape) or looked(*a)
    )
    dataset.of_arrays(spec, (X, numpy.arange(200).reshape(50, 4) % 40))
    assert max(rows * steps * 40 for rows, steps in seen) <= 1000
