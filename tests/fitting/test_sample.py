"""The rows that a transformation is fitted on."""

import numpy as np
import pytest

from netspec import NetworkSpec, dataset
from netspec.dataset.transformed import transformed
from netspec.errors import DataError
from netspec.fitting import sample as module
from netspec.fitting.sample import Sample, classes_of

RNG = np.random.default_rng(0)
ROWS = np.array([1, 3, 4, 6])


def sequences(classes=False):
    """Seven sequences of up to three steps, two features, a target at every step."""
    x, lengths = RNG.normal(size=(7, 3, 2)), np.array([3, 1, 2, 0, 2, 3, 1])
    y = (np.arange(21).reshape(7, 3) % 2) if classes else RNG.normal(size=(7, 3, 1))
    spec = NetworkSpec(
        input={"features": 2},
        layers=[{"type": "dense", "units": 1}],
        output={"activation": "sigmoid"} if classes else {},
        training={"loss": "cross_entropy" if classes else "squared_error"},
    )
    weights = np.arange(1, 8, dtype="float64")
    return spec, dataset.of(spec, (x, y), lengths=lengths, weights=weights)


def of(events, kind="V", positions=(0, 1), of=None):
    return Sample(events, ROWS, kind, positions, of, lambda k: f"number {k}", "N")


def by_loops(events, kind, positions, wanted=None):
    """Rows and weights, one step after the other."""
    rows, weights = [], []
    for n in ROWS:
        for t in range(events.lengths[n]):
            if wanted is not None and (events.targets(ROWS * 0 + n)[0, t, 0] < 0.5) != wanted:
                continue
            values = events.inputs(ROWS * 0 + n) if kind == "V" else events.targets(ROWS * 0 + n)
            rows.append([values[0, t, k] for k in positions])
            weights.append(float(events.weights[n]))
    return np.array(rows), np.array(weights)


@pytest.mark.parametrize("at_once", [2**22, 6, 1])
@pytest.mark.parametrize(("kind", "positions"), [("V", (0, 1)), ("V", (1,)), ("T", (0,))])
def test_valid_steps_are_rows_with_the_weight_of_their_event(kind, positions, at_once, monkeypatch):
    monkeypatch.setattr("netspec.dataset.events.LARGEST_PASS", at_once)
    _, events = sequences()
    found = [
        np.concatenate(part) for part in zip(*of(events, kind, positions).passes(), strict=True)
    ]
    known = by_loops(events, kind, positions)
    assert found[0].tolist() == known[0].tolist()
    assert found[1].tolist() == known[1].tolist()


@pytest.mark.parametrize("number", [0, 1])
def test_steps_of_one_class_alone(number):
    _, events = sequences(classes=True)
    ((v, w),) = of(events, of=number).passes()
    known = by_loops(events, "V", (0, 1), wanted=bool(number))
    assert v.tolist() == known[0].tolist()
    assert w.tolist() == known[1].tolist()


@pytest.mark.parametrize("most", [1, 8, 2**25])
def test_columns_come_one_after_the_other_however_many_are_read_together(most, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_COLUMNS", most)
    _, events = sequences()
    known = by_loops(events, "V", (0, 1))
    found = list(of(events).columns())
    assert [v.tolist() for v, _ in found] == known[0].T.tolist()
    assert all(w.tolist() == known[1].tolist() for _, w in found)


def test_an_image_is_one_row_of_all_its_numbers():
    spec = NetworkSpec(
        input={"shape": [2, 2, 3]},
        layers=[{"type": "flatten"}, {"type": "dense", "units": 1}],
        training={"loss": "squared_error"},
    )
    x = RNG.normal(size=(7, 2, 2, 3)).astype("float32")
    ((v, w),) = of(dataset.of(spec, (x, np.zeros(7))), positions=(0, 11)).passes()
    assert v.tolist() == x[ROWS].reshape(4, 12)[:, [0, 11]].tolist()
    assert w.tolist() == [1, 1, 1, 1]


def test_no_events_are_refused():
    _, events = sequences(classes=True)
    with pytest.raises(DataError, match=r"transform: N: wanted events of that class, found none"):
        list(of(events, of=2).passes())
    short = of(events)._replace(rows=np.array([3]))
    with pytest.raises(DataError, match=r"transform: N: wanted events with steps, found none"):
        list(short.passes())


def test_what_became_infinite_is_refused_by_its_place(tmp_path):
    x, y = RNG.normal(size=(7, 2)), RNG.normal(size=(7, 1))
    for name, array in (("x", x), ("y", y)):
        np.save(tmp_path / f"{name}.npy", array)
    spec = NetworkSpec(
        input={"shape": [2]},
        layers=[{"type": "dense", "units": 1}],
        training={"loss": "squared_error"},
    )
    events = transformed(dataset.open(spec, tmp_path), spec, x=lambda v, lengths: v / 0.0)
    with (
        np.errstate(divide="ignore"),
        pytest.raises(DataError, match=r"transformed\[1, 0\]: wanted a finite"),
    ):
        list(of(events).passes())


def test_a_target_of_a_whole_sequence_is_one_row_whatever_its_length():
    spec = NetworkSpec(
        input={"features": 2},
        layers=[{"type": "rnn", "units": 1}],
        training={"loss": "squared_error"},
    )
    y, lengths = np.arange(7.0), np.array([3, 1, 2, 0, 2, 3, 1])
    events = dataset.of(spec, (np.zeros((7, 3, 2)), y), lengths=lengths)
    found = [part for part, _ in of(events, "T", (0,)).passes()]
    assert np.concatenate(found)[:, 0].tolist() == ROWS.tolist()


def test_the_class_of_a_row_is_that_of_its_largest_target():
    one = [[1.0], [0.0], [0.5], [0.499], [0.51]]  # 1 is the first class
    assert classes_of(np.array(one)).tolist() == [0, 1, 0, 1, 0]
    three = [[[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], [[0.1, 0.8, 0.1], [0.4, 0.4, 0.2]]]
    assert classes_of(np.array(three)).tolist() == [[2, 0], [1, 0]]
