"""Events that went through a formula."""

import numpy as np
import pytest

from netspec import NetworkSpec, dataset
from netspec.dataset.transformed import transformed
from netspec.errors import DataError

SPEC = NetworkSpec(
    input={"features": 2},
    layers=[{"type": "gru", "units": 3, "return_sequences": True}, {"type": "dense", "units": 1}],
    training={"loss": "squared_error"},
)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(9, 4, 2)), RNG.normal(size=(9, 4, 1))
LENGTHS = np.array([1, 2, 3, 4, 4, 3, 2, 1, 0])
ROWS = np.array([5, 0, 5, 8])


def double(values, lengths):
    assert len(values) == len(lengths)
    assert values.dtype == np.float32
    return 2 * values


def files(folder):
    for name, array in (("x", X), ("y", Y), ("lengths", LENGTHS)):
        np.save(folder / f"{name}.npy", array)
    return dataset.open(SPEC, folder)


@pytest.fixture(params=["memory", "files"])
def events(request, tmp_path):
    if request.param == "memory":
        return dataset.of(SPEC, (X, Y), lengths=LENGTHS)
    return files(tmp_path)


def test_inputs_and_targets_are_those_of_the_formula(events):
    found = transformed(events, SPEC, x=double, t=double)
    for take in (lambda data: data.take(ROWS), lambda data: data.rows(2, 7)):
        before, after = take(events), take(found)
        assert (after.x == 2 * before.x).all()
        assert (after.t == 2 * before.t).all()
        assert (after.lengths == before.lengths).all()
    assert (found.targets(ROWS) == 2 * events.targets(ROWS)).all()
    assert (found.inputs(ROWS) == events.take(ROWS).x * 2).all()
    assert (len(found), found.shape, found.answers) == (9, events.shape, events.answers)


def test_what_has_no_formula_stays_and_two_follow_each_other(events):
    found = transformed(transformed(events, SPEC, x=double), SPEC, x=double)
    assert (found.take(ROWS).x == 4 * events.take(ROWS).x).all()
    assert (found.take(ROWS).t == events.take(ROWS).t).all()


def test_in_memory_the_formula_runs_once_and_from_files_whenever_it_is_asked(tmp_path):
    seen = []

    def noted(values, lengths):
        seen.append(len(values))
        return values

    found = transformed(dataset.of(SPEC, (X, Y), lengths=LENGTHS), SPEC, x=noted)
    for _ in range(3):
        found.take(ROWS)
    assert sum(seen) == 9
    found = transformed(files(tmp_path), SPEC, x=noted)
    seen.clear()
    for _ in range(3):
        found.take(ROWS)
    assert seen == [4, 4, 4]


def test_a_formula_that_gives_no_number_is_noticed(events):
    def infinite(values, lengths):
        values = values.copy()
        values[:, 0] = np.inf
        return values

    with pytest.raises(
        DataError, match=r", transformed\[\d, 0, 0\]: wanted a finite number of float32, found inf"
    ):
        transformed(events, SPEC, x=infinite).take(ROWS)


def test_steps_that_are_no_steps_may_hold_anything():
    x = np.where((np.arange(4) < LENGTHS[:, None])[:, :, None], X, np.nan)
    found = transformed(dataset.of(SPEC, (x, Y), lengths=LENGTHS), SPEC, x=double)
    assert len(found.take(ROWS).x) == 4
