"""YAML 1.2: from text to plain data, with line and column of every key and value.

The text is read as a stream of events, so that nothing is built that the spec could not use:
aliases and anchors (a few lines of them can stand for gigabytes), merge keys, tags such as
`!!python/object`, several documents in one file. Plain words are read by YAML 1.2's core schema:
`no` and `on` are text, `1e-3` is a number.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import Place
from .builder import DEEPEST, KEY, Builder

NOTHING = {"", "~", "null", "Null", "NULL"}
TRUE = {"true", "True", "TRUE"}
FALSE = {"false", "False", "FALSE"}
WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
OPENED = {"flow mapping": "the {", "flow sequence": "the [", "quoted scalar": "the quote"}
LONGEST = 400  # digits; beyond them Python refuses to convert, and no spec means it


def read(text: str, name: str, builder: Builder) -> Any:
    """Read one YAML document; `name` is what errors call the file."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    place = Place(name)
    documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            mark = event.start_mark
            place = Place(name, mark.line + 1, mark.column + 1)
            documents += type(event).__name__ == "DocumentStartEvent"
            if documents > 1:
                builder.give_up("a spec file holds one document, here a second one begins", place)
            _take(event, place, builder)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        spot = Place(name, at.line + 1, at.column + 1) if at else place
        before = text[at.index - 1 : at.index + 1] if at else ""
        hint = "; inside brackets write '${name}' with quotes" if before == "${" else ""
        opened = next((word for word in OPENED if word in (error.context or "")), "")
        if not hint and opened and (began := error.context_mark):
            hint = f"; {OPENED[opened]} opened at {began.line + 1}:{began.column + 1}"
        builder.give_up(f"this is not YAML: {error.problem or error.context}{hint}", spot)
    except ReaderError as error:
        line, column = text.count("\n", 0, error.position) + 1, text.rfind("\n", 0, error.position)
        spot = Place(name, line, error.position - column)
        builder.give_up(f"wanted text, found the character {error.character!r}", spot)
    except (YAMLError, ValueError) as error:
        builder.give_up(f"this is not YAML: {' '.join(str(error).split())}", place)
    except RecursionError:
        builder.give_up(f"brackets and indents go more than {DEEPEST} deep", place)
    return builder.whole


def _take(event: Any, place: Place, builder: Builder) -> None:
    kind = type(event).__name__
    if kind == "DocumentStartEvent" and event.version not in (None, (1, 2)):
        builder.complain("wanted YAML 1.2, found another version", place)
    if kind == "AliasEvent":
        builder.complain(
            f"aliases are not read, found *{event.anchor}; use define: and ${{name}}", place
        )
        if builder.wants_key:
            builder.key(f"*{event.anchor}", place)
        else:
            builder.value(None, place)
    elif kind in ("MappingEndEvent", "SequenceEndEvent"):
        builder.close()
    elif kind in ("MappingStartEvent", "SequenceStartEvent", "ScalarEvent"):
        _refuse_extras(event, place, builder)
        if kind == "ScalarEvent":
            _scalar(event, place, builder)
        elif builder.wants_key:
            builder.give_up("wanted a word as a key, found a list or a mapping", place)
        else:
            builder.open({} if kind == "MappingStartEvent" else [], place)


def _refuse_extras(event: Any, place: Place, builder: Builder) -> None:
    if event.anchor is not None:
        builder.complain(
            f"anchors are not read, found &{event.anchor}; use define: and ${{name}}", place
        )
    if event.tag is not None and event.tag != "!":
        builder.complain(f"tags are not read, found {event.tag!r}; write the value plainly", place)


def _scalar(event: Any, place: Place, builder: Builder) -> None:
    plain = event.style is None and event.tag is None
    if not builder.wants_key:
        value = scalar(event.value) if plain else event.value
        key = builder.places.get((*builder.path, KEY))
        if value is None and key and key.line != place.line and not event.value:
            place = key  # the reader puts an empty value where the next thing begins
        builder.value(value, place)
    elif plain and event.value == "<<":
        builder.complain("merge keys are not read; use define: and ${name}", place)
        builder.key("<<", place)
    else:
        builder.key(event.value, place)


def scalar(word: str) -> Any:
    """Give what a plain word means in YAML 1.2.

    >>> [scalar(word) for word in ("no", "true", "~", "0x10", "1e-3", "1_000")]
    ['no', True, None, 16, 0.001, '1_000']
    """
    if word in NOTHING:
        return None
    if word in TRUE or word in FALSE:
        return word in TRUE
    if INFINITE.fullmatch(word):
        return float(word.replace(".", ""))
    base = {"0o": 8, "0x": 16}.get(word[:2], 10)
    if WHOLE.fullmatch(word) and (len(word) < LONGEST or base != 10):
        return int(word, base)
    if WHOLE.fullmatch(word) or NUMBER.fullmatch(word):
        return float(word)
    return word
