"""Sequences out of branches, against loops over their lists."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.data.sequences import Sequences, features
from netspec.errors import DataError
from tests.data.tables import InMemory

TEN = {f"t{k}": numpy.arange(12.0, dtype="float32").reshape(4, 3) + 100 * k for k in range(2)}


def names(table, sizes, wanted=(), leave=(), way=None):
    return [branch.name for branch in features(table, sizes, wanted, leave, way)]


def test_arrays_of_any_length_are_the_features_in_their_order():
    table = InMemory(y=[[1.0]], n=[1], x=[[2.0]])
    assert names(table, (5, 2)) == ["y", "x"]
    assert names(table, (None, 2)) == ["y", "x"]
    assert names(table, (10,)) == []


def test_features_with_names_are_found_by_them():
    table = InMemory(y=[[1.0]], x=[[2.0]], z=[[3.0]])
    assert names(table, (5, 2), [["x"], ["Y", "y"]]) == ["x", "y"]
    with pytest.raises(DataError, match=r"here: no array for the feature 'xx', did you mean 'x'"):
        names(table, (5, 2), [["y"], ["xx"]])


def test_features_with_names_are_never_taken_by_their_order():
    nothing = r"here: no array for the feature 'ax', did you mean 'a.x'\?; 'ay', did you mean 'a.y'"
    for table in (
        InMemory(**{"a.y": [[1.0]], "a.x": [[2.0]]}),
        InMemory(**{"a.y": numpy.eye(3), "a.x": numpy.eye(3)}),
    ):
        with pytest.raises(DataError, match=nothing):
            names(table, (3, 2), [["ax"], ["ay"]])
    steps = InMemory(**TEN)  # two steps, whose three features have names of their own
    assert names(steps, (2, 3), [["pt"], ["eta"], ["phi"]]) == []


def test_too_many_arrays_are_refused_with_the_remedy():
    table = InMemory(y=[[1.0]], x=[[2.0]], z=[[3.0]])
    with pytest.raises(DataError, match=r"found 3 \(y, x, z\): .*--leave NAME"):
        names(table, (5, 2))
    assert names(table, (5, 2), leave=["x"]) == ["y", "z"]


def test_arrays_of_a_fixed_length_are_what_their_number_says():
    table = InMemory(**TEN)  # two arrays of three
    assert names(table, (2, 3)) == []  # steps, each of three features
    assert names(table, (None, 3)) == []
    assert names(table, (3, 2)) == ["t0", "t1"]  # features, each of three steps
    assert names(table, (None, 2)) == ["t0", "t1"]


def test_where_the_numbers_say_both_somebody_has_to():
    table = InMemory(a=numpy.eye(2), b=numpy.eye(2))
    with pytest.raises(DataError, match="2 arrays of 2 numbers are steps as well as features"):
        names(table, (2, 2))
    assert names(table, (2, 2), way="steps") == []
    assert names(table, (2, 2), way="features") == ["a", "b"]
    with pytest.raises(DataError, match="an array is no 'step', did you mean 'steps'"):
        names(table, (2, 2), way="step")


@given(
    st.lists(st.lists(st.integers(-9, 9).map(float), max_size=5), min_size=1, max_size=8),
    st.integers(1, 4),
    st.sampled_from([None, 3, 5, 7]),
)
def test_jagged_arrays_are_padded_as_a_loop_pads_them(events, rows, steps):
    table = InMemory(x=events, y=[[-x for x in event] for event in events])
    longest = steps or max(1, *map(len, events))
    sequences = Sequences(table, [*table.branches.values()], steps, cut=True)
    assert sequences.shape == (len(events), longest, 2)
    wanted = numpy.zeros(sequences.shape)
    for n, event in enumerate(events):
        for t, x in enumerate(event[:longest]):
            wanted[n, t] = x, -x
    chunks = list(sequences.chunks(rows))
    assert numpy.array_equal(numpy.concatenate([chunk.x for chunk in chunks]), wanted)
    lengths = numpy.concatenate([chunk.lengths for chunk in chunks])
    assert lengths.tolist() == [min(len(event), longest) for event in events]


def test_an_event_that_is_too_long_is_refused_by_its_number():
    table = InMemory(x=[[1.0], [1.0, 2.0], [1.0, 2.0, 3.0]])
    sequences = Sequences(table, [table.branches["x"]], 2)
    with pytest.raises(DataError) as caught:
        list(sequences.chunks(1))
    assert str(caught.value) == (
        "here: event 2: x: wanted at most 2 entries, one for each step, found 3:"
        " an input without `steps` takes all of them, and netspec predict with --cut the first 2"
    )


def test_features_of_different_lengths_are_refused_by_the_event():
    table = InMemory(x=[[1.0], [1.0, 2.0]], y=[[1.0], [1.0]])
    sequences = Sequences(table, [*table.branches.values()], 2)
    with pytest.raises(DataError, match="here: event 1: y: wanted 2 entries, as x has, found 1"):
        list(sequences.chunks(7))


def test_arrays_of_a_fixed_length_have_no_lengths_unless_they_are_shorter():
    table = InMemory(**TEN)
    whole = Sequences(table, [*table.branches.values()], 3)
    assert not whole.has_lengths
    wanted = numpy.stack([TEN["t0"], TEN["t1"]], 2)
    assert numpy.array_equal(next(whole.chunks(9)).x, wanted)
    padded = Sequences(table, [*table.branches.values()], 4)
    chunk = next(padded.chunks(9))
    assert chunk.lengths.tolist() == [3] * 4
    assert numpy.array_equal(chunk.x[:, :3], wanted)
    assert not chunk.x[:, 3].any()
    cut = Sequences(table, [*table.branches.values()], 2, cut=True)
    assert numpy.array_equal(next(cut.chunks(9)).x, wanted[:, :2])


def test_a_table_that_counts_the_steps_otherwise_is_refused():
    table = InMemory(lengths="n", n=[1], x=[[1.0]])
    with pytest.raises(DataError, match="wanted arrays that count their steps, found lengths"):
        Sequences(table, [table.branches["x"]], 2)
