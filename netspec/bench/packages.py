"""The packages of the extra `bench`, of which any may be missing, or fail in its own words."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

from ..errors import UnavailableError

LONGEST = 60  # letters of a reason in a cell


def package(name: str, extra: str = "bench") -> Any:
    """Import a package. Raises UnavailableError, which names the extra that brings it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise UnavailableError(
            f"{name} is not installed: pip install 'netspec[{extra}]' brings it"
        ) from error


def version(name: str) -> str | None:
    """Give the version of a package that is installed, without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def reason(error: Exception) -> str:
    """Give what a cell says of an error: the end of a long one, where the reason stands."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    words = lines[0].partition(": pip install")[0]
    if len(words) > LONGEST:
        words = words.rpartition(": ")[2]
    return words if len(words) <= LONGEST else f"...{words[-LONGEST:]}"
