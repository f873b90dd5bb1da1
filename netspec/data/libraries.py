"""The libraries of the extra `root`: imported when a file wants them, and what they say of a broken
one in a single sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from ..errors import DataError, NetspecError, UnavailableError

SHOWN: Final = 200  # characters of what a library says


def package(name: str) -> Any:
    """Import `uproot`, `awkward` or `pyarrow.parquet`.

    Raises UnavailableError, which names the extra, where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        raise UnavailableError(
            f"ROOT and parquet files want {name.partition('.')[0]}, which is not installed:"
            " pip install 'netspec[root]'"
        ) from None


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
