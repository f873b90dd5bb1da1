"""A spec as TMVA's option string: `InputLayout=10|30:Layout=LSTM|10|30|10,...`"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..spec import NetworkSpec
from .files import Source
from .model import Extras, Model
from .text import read_spec, write_spec

NAME: Final = "options"
SUFFIXES: Final = (".tmva",)
BEGINNING: Final = re.compile(rb"\s*(!?\w+(=[^:<]*)?:)*layout=", re.IGNORECASE)


def recognises(head: bytes, suffix: str) -> bool:
    """Say yes to the suffix, and without one to options with `Layout=` among them."""
    return suffix in SUFFIXES or (not suffix and bool(BEGINNING.match(head)))


def read(source: Source, strict: bool) -> Model:
    """Read a spec; there are no weights. Raises SpecError."""
    return read_spec(source, "tmva")


def write(spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras) -> Iterable[bytes]:
    """Give the text of a spec. Raises FormatError."""
    return write_spec(spec, weights, extras, "tmva")
