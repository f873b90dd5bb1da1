"""Which events are trained on, in which order, in which batches."""

from itertools import islice

import numpy as np
import pytest

from netspec import NetworkSpec, dataset
from netspec.dataset import Batch
from netspec.errors import DataError
from netspec.randomness import Stream
from netspec.settings import Phase, Training
from netspec.training.batches import Batches, windows
from netspec.training.split import split, usable
from tests import philox
from tests.training.problems import FEATURES, STEPS, spec_of


def drawn(name, count):
    words = list(islice(philox.words(name), count))
    return sorted(range(count), key=words.__getitem__)


def data(events, t=None):
    """A data set of one output; classes come in turns unless t says otherwise."""
    spec = spec_of([{"type": "dense", "units": 1}, {"type": "last_step"}], output=CLASSES)
    t = np.arange(events) % 2 if t is None else t
    return usable(spec, dataset.of_arrays(spec, (np.zeros((events, STEPS, FEATURES)), t)))


CLASSES = {"activation": "sigmoid", "classes": ["a", "b"]}


def test_a_random_part_is_kept_and_every_event_is_used_once():
    training, watched = split(Training(validation=0.25), data(40), seed=7)
    assert watched.rows.tolist() == sorted(drawn("7/training/split", 40)[:10])
    assert sorted([*training.rows, *watched.rows]) == list(range(40))


def test_a_number_of_events_is_kept():
    for events in (1, 7, 39):
        training, watched = split(Training(validation=events), data(40), 0)
        assert (len(training.rows), len(watched.rows)) == (40 - events, events)
    assert split(Training(validation=0), data(40), 0)[1] is None


def test_tmva_keeps_the_last_events():
    settings = Training(validation=0.2, rules="tmva", batch_size=5)
    training, watched = split(settings, data(53), 0)
    assert training.rows.tolist() == list(range(43))
    assert watched.rows.tolist() == list(range(43, 53))


def test_tmvas_last_events_must_not_be_of_one_class():
    settings = Training(validation=0.2, rules="tmva", batch_size=5)
    with pytest.raises(DataError, match="mix the events first"):
        split(settings, data(50, np.arange(50) < 30), 0)


@pytest.mark.parametrize(
    ("settings", "events", "said"),
    [
        ({"validation": 0.2}, 3, "wanted at least one event"),
        ({"validation": 40}, 40, "leave events to train on"),
        ({"validation": 0.1, "rules": "tmva", "batch_size": 50}, 100, "batch of 50 events to val"),
        ({"validation": 0.9, "rules": "tmva", "batch_size": 50}, 100, "batch of 50 events to tra"),
    ],
)
def test_a_split_that_leaves_nothing_is_refused(settings, events, said):
    with pytest.raises(DataError, match=said):
        split(Training(**settings), data(events), 0)


@pytest.mark.parametrize(("ignored", "kept"), [("True", [0, 2]), ("False", [0, 1, 2])])
def test_tmva_may_ignore_negative_weights(ignored, kept):
    rows, tmva = [{"type": "dense", "units": 1}], {"IgnoreNegWeightsInTraining": ignored}
    spec = NetworkSpec(input={"shape": [2]}, layers=rows, output=CLASSES, tmva=tmva)
    given = dataset.of_arrays(spec, (np.zeros((3, 2)), [0, 1, 1]), weights=[1, -0.5, 0])
    assert usable(spec, given).rows.tolist() == kept


def test_every_epoch_has_an_order_of_its_own_and_uses_every_event():
    rows = np.arange(100, 123)
    batches = Batches(Training(), Phase(batch_size=5), rows)
    assert len(batches) == 5
    seen = [part.tolist() for _, part in batches.of_epoch(Stream(1, "training", 0, 2))]
    assert [len(part) for part in seen] == [5, 5, 5, 5, 3]
    wanted = [100 + n for n in drawn("1/training/0/2/shuffle", 23)]
    assert [row for part in seen for row in part] == wanted


def test_an_epoch_goes_on_where_it_was_left():
    batches = Batches(Training(), Phase(batch_size=5), np.arange(23))
    whole = [part.tolist() for _, part in batches.of_epoch(Stream("e"))]
    rest = [(number, part.tolist()) for number, part in batches.of_epoch(Stream("e"), 3)]
    assert rest == [(3, whole[3]), (4, whole[4])]


def test_without_shuffling_events_come_in_the_order_of_the_data():
    batches = Batches(Training(shuffle=False), Phase(batch_size=4), np.arange(6))
    assert [part.tolist() for _, part in batches.of_epoch(Stream("e"))] == [[0, 1, 2, 3], [4, 5]]


def test_tmva_drops_what_is_left_over():
    batches = Batches(Training(rules="tmva"), Phase(batch_size=5), np.arange(23))
    assert len(batches) == len(list(batches.of_epoch(Stream("e")))) == 4


def test_windows_hold_every_step_once_with_the_lengths_that_are_left():
    x, t = np.arange(2 * 7 * 1).reshape(2, 7, 1), np.arange(100, 114).reshape(2, 7, 1)
    weights = np.arange(14.0).reshape(2, 7)  # one for each step, as weights of classes are
    batch = Batch(x, t, weights, np.array([7, 4]), {})
    parts = list(windows(batch, 3))
    assert [part.lengths.tolist() for part in parts] == [[3, 3], [3, 1], [1, 0]]
    assert np.concatenate([part.x for part in parts], 1).tolist() == x.tolist()
    assert np.concatenate([part.t for part in parts], 1).tolist() == t.tolist()
    assert np.concatenate([part.weights for part in parts], 1).tolist() == weights.tolist()
    assert list(windows(batch, None)) == [batch]


def test_a_window_has_the_weights_of_its_events():
    batch = Batch(np.zeros((2, 7, 1)), np.zeros((2, 7, 1)), np.array([3.0, 4.0]), None, {})
    assert [part.weights.tolist() for part in windows(batch, 3)] == [[3, 4]] * 3
