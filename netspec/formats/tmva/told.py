"""What the head of a file tells the reader of its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Told(NamedTuple):
    """Facts of GeneralInfo and options by name, the analysis type, and what is to be followed.

    `compat` is "root" where ROOT's Reader is to be followed in its faults.
    """

    facts: Mapping[str, str]
    options: Mapping[str, str]
    analysis: str
    compat: str | None = None
