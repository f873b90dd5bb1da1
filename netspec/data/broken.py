"""What a library says of a broken file, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..errors import DataError, NetspecError

SHOWN: Final = 200  # characters of what the library says


@contextmanager
def readable(where: str) -> Iterator[None]:
    """Turn whatever a library raises over a broken file into a DataError.

    Errors of netspec itself, and a want of memory, stay what they are.
    """
    try:
        yield
    except (NetspecError, MemoryError):
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = lines[0][:SHOWN] if lines else type(error).__name__
        raise DataError(f"{where}: broken, or no file of its kind: {said}") from None
