"""`--set layers.0.units=64`: values given beside the file, put in before anything is checked.

The part before `=` is a path of keys; in a list a part is a number, or the `name` that one of its
entries has. The part after it is read as YAML reads a value. Mappings on the way that are not in
the file are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import Place, Problem, SpecError, nearest
from . import yaml_events
from .builder import DEEPEST, KEY, Builder, Path
from .document import Document

LONGEST = 100  # letters of an override in an error


def override(document: Document, overrides: Sequence[str]) -> Document:
    """Put every `path=value` into the document, the last word last; note all that cannot be."""
    problems: list[Problem] = []
    places = dict(document.places)
    data = document.data
    known = set(places)
    for text in [overrides] if isinstance(overrides, str) else overrides:
        place = Place(f"--set {_shown(text)}")
        try:
            data, path = _put(data, text, place)
        except SpecError as error:
            problems += [problem._replace(place=place, key=True) for problem in error.problems]
            continue
        places = {old: spot for old, spot in places.items() if old[: len(path)] != path}
        for length in range(1, len(path) + 1):
            # Mappings made on the way stand where the one who asked for them stands.
            above = path[:length]
            if above not in known or length == len(path):
                places[above] = places[(*above, KEY)] = place
    return document.with_problems(problems)._replace(data=data, places=places)


def _shown(text: Any) -> str:
    """Give the text of an override in one line that is not too long."""
    words = " ".join(str(text).split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def _put(data: Any, text: Any, place: Place) -> tuple[Any, Path]:
    if not isinstance(text, str):
        raise SpecError(f"wanted text, as in layers.0.units=64, found {type(text).__name__}")
    words, equals, value = text.partition("=")
    if not equals or not words.strip():
        raise SpecError("wanted a path, = and a value, as in layers.0.units=64")
    builder = Builder()
    new = yaml_events.read(value, str(place), builder) if value.strip() else None
    if builder.problems:
        raise SpecError(*builder.problems)
    path = words.strip().split(".")
    if len(path) > DEEPEST:
        raise SpecError(f"wanted a path of at most {DEEPEST} words, found {len(path)}")
    return _replaced(data, path, new, ())


def _replaced(data: Any, words: list[str], new: Any, path: Path) -> tuple[Any, Path]:
    """Give `data` with `new` at the end of `words`, and the path that those words came to mean."""
    if not words:
        return new, path
    word, rest = words[0], words[1:]
    if data is None:
        data = {}
    if isinstance(data, dict):
        inner, full = _replaced(data.get(word), rest, new, (*path, word))
        return {**data, word: inner}, full
    if isinstance(data, list):
        index = _index(data, word, path)
        inner, full = _replaced(data[index], rest, new, (*path, index))
        return [*data[:index], inner, *data[index + 1 :]], full
    raise SpecError(
        f"wanted a mapping or a list to look for {word!r} in, found {data!r}", path=path
    )


def _index(entries: list[Any], word: str, path: Path) -> int:
    if word.isdecimal() and word.isascii() and len(word) < 10 and int(word) < len(entries):
        return int(word)
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    if word in names:
        return names.index(word)
    known = [name for name in names if isinstance(name, str)]
    numbers = f"wanted a number from 0 to {len(entries) - 1}" if entries else "the list is empty"
    hint = f" or a name{nearest(word, known)}" if known else ""
    raise SpecError(f"{numbers}{hint}, found {word!r}", path=path)
