"""Work on the pieces of a file by several threads, each from reading to result.

A thread reads the next piece while the others work on theirs, so that only one reads at a time; a
piece that was just read is worked on while it is in the processor's cache. Results come in the
order of the pieces. One thread whose work is nothing reads ahead of whoever takes the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from threading import Condition, Lock, Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WAITING: Final = 4


def spread(
    pieces: Iterable[T], work: Callable[[T], R], threads: int, waiting: int = WAITING
) -> Generator[R]:
    """Yield `work(piece)` for each piece, in order; so many threads read and work.

    Of each thread at most `waiting` results are ready that nobody took so far. An error, of a piece
    or of its work, is raised when its turn has come. The threads end with this iterator.

    >>> list(spread(range(4), lambda n: n * n, 2))
    [0, 1, 4, 9]
    """
    reading, source = Lock(), enumerate(pieces)
    changed = Condition()
    ready: dict[int, tuple[bool, Any]] = {}
    turn, count, enough = 0, 0, False

    def next_piece() -> tuple[int, T] | None:
        nonlocal count
        with reading:
            if enough:
                return None
            number = count
            try:
                number, piece = next(source)
            except StopIteration:
                put(number, (False, None))
                return None
            except BaseException as error:
                put(number, (False, error))
                return None
            count = number + 1
            return number, piece

    def put(number: int, item: tuple[bool, Any]) -> None:
        with changed:
            changed.wait_for(lambda: enough or number < turn + waiting * threads)
            ready.setdefault(number, item)
            changed.notify_all()

    def its_turn() -> bool:
        return turn in ready

    def run() -> None:
        while (found := next_piece()) is not None:
            number, piece = found
            try:
                result: tuple[bool, Any] = True, work(piece)
            except BaseException as error:
                result = False, error
            put(number, result)
            if not result[0]:
                return

    helpers = [Thread(target=run, name=f"netspec works {n}", daemon=True) for n in range(threads)]
    for helper in helpers:
        helper.start()
    try:
        while True:
            with changed:
                changed.wait_for(its_turn)
                good, result = ready.pop(turn)
                turn += 1
                changed.notify_all()
            if good:
                yield result
            elif result is None:
                return
            else:
                raise result
    finally:
        with changed:
            enough = True
            changed.notify_all()
        for helper in helpers:
            helper.join()
        if close := getattr(pieces, "close", None):
            close()
