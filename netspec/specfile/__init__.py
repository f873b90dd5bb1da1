"""Spec files: from text to plain data with a place for everything, and back to text.

A spec is read in this order: the text is parsed, `--set` values are put in, `${name}` references
are replaced, an older version is brought up to now. What comes out is checked against the layers
by `netspec.spec`; nothing here knows a layer or an option. Reading a TMVA option string gives what
a YAML spec of the same network would hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import Place, Problem, SpecError
from . import json_tokens, tmva_options, toml, writing, yaml_events
from .builder import KEY, Builder
from .document import Document
from .overrides import override
from .references import resolve
from .source import SUFFIXES, Source, fetch
from .upgrades import CURRENT, upgrade, upgraded

__all__ = [
    "CURRENT", "KEY", "SUFFIXES", "Document", "gather", "override", "parse", "upgraded", "write",
]  # fmt: skip

READERS: dict[str, Callable[[str, str, Builder], Any]] = {
    "yaml": yaml_events.read,
    "json": json_tokens.read,
    "toml": toml.read,
}
WRITERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "yaml": writing.yaml,
    "json": writing.json_text,
    "toml": writing.toml,
    "tmva": tmva_options.write,
}


def gather(
    source: Source,
    *,
    overrides: Sequence[str] = (),
    format: str | None = None,
    name: str | None = None,
) -> Document:
    """Read a spec file as plain data with places, its problems beside it.

    `source` is a path, an open file, bytes, or a TMVA option string. The suffix says the format
    (.yaml .yml .json .toml .tmva); `format` overrules it, and `name` is what errors call the file.
    Raises SpecError where nothing can be read, UnavailableError where there is no such file.
    """
    text, called, form = fetch(source, format, name)
    if form == "tmva":
        document = tmva_options.parse(text, called)
    else:
        builder = Builder()
        data = READERS[form](text, called, builder)
        document = Document(data, builder.places, called, tuple(builder.problems))
    document = resolve(override(_a_mapping(document), overrides))
    document.data.pop("$schema", None)  # tells an editor where the JSON Schema is
    return upgrade(document)


def parse(
    source: Source,
    *,
    overrides: Sequence[str] = (),
    format: str | None = None,
    name: str | None = None,
) -> Document:
    """Read a spec file as `gather` does. Raises SpecError with every problem found."""
    document = gather(source, overrides=overrides, format=format, name=name)
    document.refuse()
    return document


def write(data: Mapping[str, Any], format: str) -> str:
    """Write plain data as text in the format: yaml, json, toml or tmva (an option string).

    Raises SpecError when the format cannot say it.
    """
    return WRITERS[format](data)


def _a_mapping(document: Document) -> Document:
    if not isinstance(document.data, dict):
        message = "wanted options and their values, as in `layers: [...]`, found "
        found = {list: "a list", type(None): "nothing"}.get(type(document.data), "a single value")
        place = document.place(()) or Place(document.name)
        raise SpecError(*document.problems, Problem((), message + found, place))
    return document
