"""The version of a spec, and the steps that bring an older one up to now.

`netspec: 1` says by which rules a spec was written. When a rule changes, the number here goes up by
one and a step from the old number is added to `UPGRADES`; steps are never taken out again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import Problem, SpecError
from .document import Document

CURRENT = 1

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def upgrade(document: Document) -> Document:
    """Bring the data up to the current version; a newer one is refused.

    A spec that names no version is read as one of version 1. What is no whole number is left for
    the check of every other value.
    """
    data = document.data
    version = data.get("netspec", 1) if isinstance(data, dict) else None
    if type(version) is not int:
        return document
    if version > CURRENT:
        message = (
            f"wanted version {CURRENT} or older, found {version}; "
            "a newer release of netspec reads it"
        )
        newer = Problem(("netspec",), message, document.place(("netspec",)))
        raise SpecError(*document.problems, newer)
    for step in range(version, CURRENT):
        if step in UPGRADES:
            data = UPGRADES[step](data)
    return document._replace(data=data)
