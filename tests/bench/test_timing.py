"""Turns, rounds and medians, on a clock that moves only when a contestant works."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext

import pytest

from netspec.bench.timing import Turn, geometric_mean, interleave, trial


class Machine:
    """A clock, and what was done while it ran."""

    def __init__(self):
        self.now, self.done = 0.0, []

    def clock(self):
        return self.now

    def worker(self, name, *seconds):
        """Give a call that takes these seconds in turn, the last of them ever after."""
        left = list(seconds)

        def work():
            self.done.append(name)
            self.now += left.pop(0) if len(left) > 1 else left[0]

        return work

    def rest(self):
        self.done.append("rest")


@pytest.fixture
def machine():
    return Machine()


def turn(call, seconds, **options):
    return Turn(call, nullcontext, seconds, **options)


def test_contestants_take_turns_round_by_round(machine):
    turns = {name: turn(machine.worker(name, 1.0), 1.0) for name in "abc"}
    interleave(turns, 0.0, least=3, clock=machine.clock)
    assert "".join(machine.done) == "abcabcabc"


def test_rounds_go_on_until_the_time_is_over(machine):
    turns = {name: turn(machine.worker(name, 1.0), 1.0) for name in "ab"}
    interleave(turns, 9.5, least=1, clock=machine.clock)
    assert "".join(machine.done) == "ab" * 5


def test_a_slow_second_of_the_machine_changes_no_median(machine):
    turns = {
        "a": turn(machine.worker("a", 1.0, 50.0, 1.0), 1.0),
        "b": turn(machine.worker("b", 2.0, 100.0, 2.0), 2.0),
    }
    assert interleave(turns, 0.0, least=5, clock=machine.clock) == {
        "a": (1.0, 1.0),
        "b": (2.0, 2.0),
    }


def test_the_shortest_turn_is_told_beside_the_median(machine):
    turns = {"a": turn(machine.worker("a", 5.0, 1.0, 3.0), 1.0)}
    assert interleave(turns, 0.0, least=3, clock=machine.clock) == {"a": (3.0, 1.0)}


def test_a_short_call_is_warmed_up_and_called_many_times_a_turn(machine):
    turns = {"a": turn(machine.worker("a", 7.0, 0.001), 0.001)}
    taken = interleave(turns, 0.0, least=1, clock=machine.clock)
    assert taken["a"].median == pytest.approx(0.001)
    assert len(machine.done) == 1 + 5


def test_the_clock_does_not_see_what_is_around_the_calls(machine):
    @contextmanager
    def around():
        machine.now += 10.0
        yield
        machine.now += 10.0

    turns = {"a": Turn(machine.worker("a", 1.0), around, 1.0)}
    assert interleave(turns, 0.0, least=3, clock=machine.clock) == {"a": (1.0, 1.0)}


def test_after_a_lively_contestant_the_machine_rests(machine):
    turns = {
        "a": turn(machine.worker("a", 1.0), 1.0, lively=True),
        "b": turn(machine.worker("b", 1.0), 1.0),
    }
    interleave(turns, 0.0, least=2, clock=machine.clock, rest=machine.rest)
    assert machine.done == ["a", "rest", "b"] * 2


def test_whoever_fails_in_a_turn_is_left_out_and_the_others_go_on(machine):
    def fail():
        raise MemoryError

    turns = {"a": turn(fail, 1.0), "b": turn(machine.worker("b", 1.0), 1.0)}
    assert interleave(turns, 0.0, least=3, clock=machine.clock) == {"b": (1.0, 1.0)}
    assert machine.done == ["b"] * 3


def test_nobody_takes_no_time():
    assert interleave({}, 1e9) == {}


def test_a_trial_takes_the_shortest_call_and_stops_at_a_long_one(machine):
    assert trial(machine.worker("a", 0.01, 0.002, 0.004), machine.clock) == pytest.approx(0.002)
    machine.done.clear()
    assert trial(machine.worker("a", 3.0, 1.0), machine.clock) == 3.0
    assert machine.done == ["a"]


def test_the_geometric_mean_is_that_of_products():
    assert geometric_mean([1.0, 10.0, 100.0]) == pytest.approx(10.0)
    assert geometric_mean([3.0]) == pytest.approx(3.0)
    assert geometric_mean([]) is None
