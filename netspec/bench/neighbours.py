"""What other programs take of the processors meanwhile: where they do, timings are noisy."""

from __future__ import annotations

import os
from pathlib import Path
from time import perf_counter

STAT = Path("/proc/stat")
BUSY = (0, 1, 2, 5, 6, 7)  # user, nice, system, irq, softirq, steal of its first line
NOISY = 0.1  # of a processor, from which on a report says so


class Neighbours:
    """Looks at the system's books, from when it is made."""

    def __init__(self) -> None:
        self.start, self.then = perf_counter(), _seconds()

    def share(self) -> float | None:
        """Give how many processors others have kept busy since; None where no book says so."""
        now, length = _seconds(), perf_counter() - self.start
        if now is None or self.then is None or length <= 0:
            return None
        return max(0.0, (now - self.then) / length)


def _seconds() -> float | None:
    """Give the seconds of all processors that were not this process's, nor its children's."""
    try:
        books = STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
        ticks = sum(int(books[column]) for column in BUSY)
        return ticks / os.sysconf("SC_CLK_TCK") - sum(os.times()[:4])
    except (OSError, ValueError, IndexError, AttributeError):
        return None
