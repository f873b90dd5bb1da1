"""A spec in JSON, as a program writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..spec import NetworkSpec
from .files import Source
from .model import Extras, Model
from .text import read_spec, write_spec

NAME: Final = "json"
SUFFIXES: Final = (".json",)


def recognises(head: bytes, suffix: str) -> bool:
    """Say yes to the suffix, and without one to a brace at the beginning and the word "layers"."""
    return suffix in SUFFIXES or (
        not suffix and head.lstrip().startswith(b"{") and b'"layers"' in head
    )


def read(source: Source, strict: bool) -> Model:
    """Read a spec; there are no weights. Raises SpecError."""
    return read_spec(source, "json")


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterable[bytes]:
    """Give the text of a spec. Raises FormatError."""
    return write_spec(spec, weights, extras, "json")
