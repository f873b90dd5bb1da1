"""The packages of the extra `bench`, of which any may be missing."""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

from ..errors import UnavailableError


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
