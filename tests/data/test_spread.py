"""Pieces that several threads read and work on, and how that ends."""

from __future__ import annotations

import threading
import time

import pytest

from netspec.data.spread import spread
from netspec.errors import DataError


def running():
    return [thread for thread in threading.enumerate() if thread.name.startswith("netspec works")]


def waits_until(true):
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def slow_where_even(n):
    time.sleep(0.002 * (n % 2 == 0))
    return n * n


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_pieces_whoever_is_faster(threads):
    assert list(spread(iter(range(60)), slow_where_even, threads)) == [n * n for n in range(60)]
    assert list(spread([], slow_where_even, threads)) == []
    assert not running()


def test_several_threads_work_at_a_time_and_one_reads():
    meeting = threading.Barrier(3, timeout=10)
    reading = []

    def pieces():
        for n in range(3):
            reading.append(n)
            time.sleep(0.01)
            assert reading == [n]  # nobody else has begun to read
            reading.clear()
            yield n

    assert list(spread(pieces(), lambda n: (meeting.wait(), n)[1], 3)) == [0, 1, 2]


def test_an_error_of_a_piece_comes_when_its_turn_has_come():
    def broken():
        yield from range(5)
        raise DataError("broken")

    results = spread(broken(), slow_where_even, 2)
    assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
    with pytest.raises(DataError, match="broken"):
        next(results)
    assert not running()


def test_an_error_of_the_work_comes_when_its_turn_has_come():
    def work(n):
        if n == 3:
            raise DataError("no three")
        return n

    results = spread(iter(range(100)), work, 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match="no three"):
        next(results)
    assert not running()


@pytest.mark.parametrize(("threads", "waiting"), [(1, 3), (2, 1), (2, 4)])
def test_no_more_is_made_than_may_wait(threads, waiting):
    made = []
    results = spread(iter(range(1000)), lambda n: made.append(n) or n, threads, waiting)
    assert next(results) == 0
    most = 1 + threads * waiting + threads  # one taken, those that wait, one in the hand of each
    assert waits_until(lambda: len(made) == most)
    time.sleep(0.2)
    assert len(made) == most
    results.close()


def test_whoever_has_enough_ends_the_threads_and_the_pieces():
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    results = spread(endless(), lambda n: n, 3)
    next(results)
    results.close()
    assert closed == [True]
    assert not running()
