"""`define:` and `${name}`: a value written once and used in many places.

Whole values only, and one level: `units: ${width}` takes what `define: {width: 64}` says, be it a
number, a list or a mapping. `$${` stands for the letters `${` themselves.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import Place, Problem, nearest
from .builder import Path, note
from .document import Document

REFERENCE = re.compile(r"\$\{([^{}]*)\}")


def resolve(document: Document) -> Document:
    """Put every definition where its name is used, and leave `define` itself out."""
    if not isinstance(document.data, dict):
        return document
    data = dict(document.data)
    definitions = data.pop("define", None)
    filler = _Filler(document, {} if definitions is None else definitions)
    data = {key: filler.fill(value, (key,)) for key, value in data.items()}
    return document.with_problems(filler.problems)._replace(data=data, places=filler.places)


class _Filler:
    def __init__(self, document: Document, definitions: Any) -> None:
        self.document = document
        self.places: dict[Path, Place] = dict(document.places)
        self.problems: list[Problem] = []
        self.definitions: dict[str, Any] = {}
        if not isinstance(definitions, dict):
            self.complain(("define",), f"wanted names and their values, found {definitions!r}")
            return
        for name, value in definitions.items():
            self.definitions[name] = self.plain(value, ("define", name))

    def complain(self, path: Path, message: str) -> None:
        note(self.problems, Problem(path, message, self.document.place(path)))

    def fill(self, value: Any, path: Path) -> Any:
        """Give `value` with every reference in it replaced."""
        if isinstance(value, dict):
            return {key: self.fill(part, (*path, key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self.fill(part, (*path, index)) for index, part in enumerate(value)]
        found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if not found:
            return self.plain(value, path)
        name = found.group(1).strip()
        if name not in self.definitions:
            hint = nearest(name, self.definitions) if self.definitions else " (there is no define:)"
            self.complain(path, f"nothing is defined as {name!r}{hint}")
            return None
        self.places |= self.document.moved(("define", name), path)
        return self.definitions[name]

    def plain(self, value: Any, path: Path) -> Any:
        """Give a value that must hold no reference, with `$${` read as the letters `${`."""
        if isinstance(value, dict):
            return {key: self.plain(part, (*path, key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self.plain(part, (*path, index)) for index, part in enumerate(value)]
        if isinstance(value, str) and "${" in value.replace("$${", " "):
            inside = "a definition holds no other" if path[0] == "define" else "whole values only"
            self.complain(path, f"{value!r}: references are one level and whole values: {inside}")
        return value.replace("$${", "${") if isinstance(value, str) else value


def escaped(value: Any) -> Any:
    """Give `value` as it must stand in a file so that reading it gives `value` again.

    >>> escaped({"title": "${x}"})
    {'title': '$${x}'}
    """
    if isinstance(value, dict):
        return {key: escaped(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [escaped(part) for part in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
