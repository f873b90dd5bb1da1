"""The packages of the extra `root`, imported when a file wants them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import UnavailableError


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
