"""The version of a spec, and the steps that bring an older one up to now.

`netspec: 1` says by which rules a spec was written, in a spec file and in a model file. When a rule
changes, the number here goes up by one, and with it the one that `spec.py` takes, and a step from
the old number is added to `UPGRADES`; steps are never taken out again.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from ..errors import Place, Problem, SpecError
from .builder import Path
from .document import Document

CURRENT = 1

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def upgrade(document: Document) -> Document:
    """Bring what a spec file holds up to the current version; a newer one is refused."""
    try:
        return document._replace(data=upgraded(document.data, document.place))
    except SpecError as error:
        raise SpecError(*document.problems, *error.problems) from None


def upgraded(data: dict[str, Any], place: Callable[[Path], Place | None]) -> dict[str, Any]:
    """Give the data of a spec as the current version says it; `place` tells where a path stands.

    A spec that names no version is read as one of version 1. What is no whole number is left for
    the check of every other value. Raises SpecError for a version newer than this netspec.
    """
    version = data.get("netspec", 1)
    if type(version) is not int:
        return data
    if version > CURRENT:
        message = (
            f"wanted version {CURRENT} or older, found {version}; "
            "a newer release of netspec reads it"
        )
        raise SpecError(Problem(("netspec",), message, place(("netspec",))))
    for step in sorted(UPGRADES):
        if version <= step < CURRENT:
            data = UPGRADES[step](deepcopy(data))  # a file's digest is that of what it holds
    return data
