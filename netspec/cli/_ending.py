"""An orderly end where the system asks for one: a batch system, a shutdown.

SIGTERM alone would stop the program where it stands, and leave half a file beside the one that was
to be replaced. Here it unwinds what runs, as Ctrl-C does, with the status that a shell gives it.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

TERMINATED: Final = 128 + int(signal.SIGTERM)


@contextmanager
def orderly() -> Iterator[None]:
    """Let SIGTERM end what runs inside by SystemExit, unless somebody else minds it.

    Only the main thread may say so; in another nothing is changed.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(*_: object) -> NoReturn:
    sys.exit(TERMINATED)
