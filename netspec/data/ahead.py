"""Reading ahead: the next pieces of a file are made while the last ones are worked on."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")

WAITING: Final = 4  # pieces that are ready
PATIENCE: Final = 0.1  # seconds until a thread looks whether anybody still wants pieces


def ahead(pieces: Iterable[T], waiting: int = WAITING) -> Generator[T]:
    """Yield what `pieces` yields, which runs in a thread of its own, a few pieces ahead.

    An error of it is raised when its piece's turn has come. The thread ends with this iterator.

    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    ready: Queue[tuple[bool, Any]] = Queue(waiting)
    enough = Event()

    def put(item: tuple[bool, Any]) -> None:
        while not enough.is_set():
            try:
                ready.put(item, timeout=PATIENCE)
                return
            except Full:  # is it still wanted?
                continue

    def work() -> None:
        try:
            for piece in pieces:
                put((True, piece))
                if enough.is_set():
                    return
            put((False, None))
        except BaseException as error:
            put((False, error))

    thread = Thread(target=work, name="netspec reads ahead", daemon=True)
    thread.start()
    try:
        while True:
            more, piece = ready.get()
            if more:
                yield piece
            elif piece is None:
                return
            else:
                raise piece
    finally:
        enough.set()
        while True:
            try:
                ready.get_nowait()
            except Empty:
                break
        thread.join()
