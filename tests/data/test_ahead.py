"""Reading ahead, and how it ends."""

from __future__ import annotations

import threading
import time

import pytest

from netspec.data.ahead import ahead
from netspec.errors import DataError


def waits_until(true):
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_pieces_come_in_their_order():
    assert list(ahead(iter(range(1000)), 3)) == list(range(1000))
    assert list(ahead([])) == []


def test_no_more_are_made_than_may_wait():
    made = []
    pieces = ahead((made.append(k) or k for k in range(100)), 3)
    assert next(pieces) == 0
    assert waits_until(lambda: len(made) == 5)  # one taken, three that wait, one in the hand
    time.sleep(0.2)
    assert len(made) == 5
    pieces.close()


def test_an_error_comes_when_its_turn_has_come():
    def broken():
        yield 1
        raise DataError("broken")

    pieces = ahead(broken())
    assert next(pieces) == 1
    with pytest.raises(DataError, match="broken"):
        next(pieces)


def test_whoever_has_enough_ends_the_thread():
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    pieces = ahead(endless())
    next(pieces)
    pieces.close()
    assert closed
    assert not [t for t in threading.enumerate() if t.name == "netspec reads ahead"]
