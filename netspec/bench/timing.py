"""The clock: contestants take turns in rounds, and the median of a contestant's turns counts.

Their shortest turns are told beside it: on a machine that others use too they say more.

A turn is one untimed call, which wakes threads and fills caches, and then as many timed calls as
take a few milliseconds, so that reading the clock costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from math import exp, log
from statistics import median
from time import perf_counter, process_time, sleep
from typing import NamedTuple, TypeVar

Name = TypeVar("Name", bound=Hashable)
Clock = Callable[[], float]

TURN = 0.005  # seconds that a turn of short calls lasts
LONG = 0.02  # seconds of a call that needs no untimed one before it
TRIAL = 0.02  # seconds for a first impression


class Turn(NamedTuple):
    """What a contestant does when it is its turn.

    `around` gives the surroundings of the calls, which the clock does not see; `seconds` is about
    what a call takes; a `lively` one has threads that may be busy still after the call.
    """

    call: Callable[[], object]
    around: Callable[[], AbstractContextManager[object]]
    seconds: float
    lively: bool = False


class Turns(NamedTuple):
    """What a contestant's turns gave, in seconds of a call."""

    median: float
    least: float


def trial(call: Callable[[], object], clock: Clock = perf_counter) -> float:
    """Give the seconds of a call, roughly: the shortest of a few, the first one if it is long."""
    start = clock()
    call()
    end = clock()
    shortest = end - start
    if shortest > 10 * TRIAL:
        return shortest
    stop = end + TRIAL
    while end < stop:
        start = clock()
        call()
        end = clock()
        shortest = min(shortest, end - start)
    return shortest


def interleave(
    turns: Mapping[Name, Turn],
    seconds: float,
    least: int = 3,
    clock: Clock = perf_counter,
    rest: Callable[[], None] | None = None,
) -> dict[Name, Turns]:
    """Let all take turns for about `seconds`, and for `least` rounds at least.

    Whoever raises an error in a turn is left out from then on, and of what is given.
    """
    rest = rest or quiet
    taken: dict[Name, list[float]] = {name: [] for name in turns}
    stop = clock() + seconds
    rounds = 0
    while taken and (rounds < least or clock() < stop):
        for name in list(taken):
            turn = turns[name]
            try:
                with turn.around():
                    taken[name].append(_time(turn, clock))
            except Exception:
                del taken[name]
            if turn.lively:
                rest()
        rounds += 1
    return {name: Turns(median(times), min(times)) for name, times in taken.items()}


def _time(turn: Turn, clock: Clock) -> float:
    """Give the seconds of a call in one turn, the mean of its calls."""
    count = max(1, round(TURN / max(turn.seconds, 1e-9)))
    if turn.seconds < LONG:
        turn.call()
    start = clock()
    for _ in range(count):
        turn.call()
    return (clock() - start) / count


def quiet(most: float = 0.05) -> None:
    """Wait until the threads of this process rest: those that spin after a call slow the next.

    A system may count the time of a running thread only every few milliseconds, so that a
    shorter look would see rest where there is none.
    """
    stop = perf_counter() + most
    while perf_counter() < stop:
        before = process_time()
        sleep(TURN)
        if process_time() - before < TURN / 5:
            return


def geometric_mean(ratios: Iterable[float]) -> float | None:
    """Give the mean that treats twice as fast and half as fast alike; None for no numbers.

    >>> geometric_mean([4.0, 0.25])
    1.0
    """
    logs = [log(ratio) for ratio in ratios]
    return exp(sum(logs) / len(logs)) if logs else None
