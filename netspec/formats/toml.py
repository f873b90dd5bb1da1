"""A spec in TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..spec import NetworkSpec
from .files import Source
from .model import Extras, Model
from .text import read_spec, write_spec

NAME: Final = "toml"
SUFFIXES: Final = (".toml",)
LAYERS: Final = re.compile(rb"^(\[\[layers\]\]|layers[ \t]*=)", re.MULTILINE)


def recognises(head: bytes, suffix: str) -> bool:
    """Say yes to the suffix, and without one to a line that begins with `[[layers]]`."""
    return suffix in SUFFIXES or (not suffix and bool(LAYERS.search(head)))


def read(source: Source, strict: bool) -> Model:
    """Read a spec; there are no weights. Raises SpecError."""
    return read_spec(source, "toml")


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterable[bytes]:
    """Give the text of a spec. Raises FormatError."""
    return write_spec(spec, weights, extras, "toml")
