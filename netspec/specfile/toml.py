"""TOML: from text to plain data. Python's reader gives no positions: errors name the key's path."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from ..errors import Place
from .builder import DEEPEST, Builder

# Texts and comments, which hide brackets; a key of very many parts; a bracket. What is never closed
# reaches to the end: it must not be tried twice.
PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
OPENING = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|'''
    r"""'''(?:[^']|'(?!''))*+(?:''')?|"""
    rf"(?P<long>(?<![\w-])(?:{PART}){{{DEEPEST}}})|"
    r"""(?:"(?:[^"\\\n]|\\.)*+"?|'[^'\n]*+'?|#[^\n]*+)|(?P<open>[\[{])|(?P<close>[\]}])""",
    re.DOTALL,
)
POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(text: str, name: str, builder: Builder) -> Any:
    """Read one TOML text; `name` is what errors call the file."""
    place = Place(name)
    _check_depth(text, name, builder)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = POSITION.search(str(error))
        message = POSITION.sub("", str(error))
        line, column = (int(n or 0) for n in found.groups()) if found else (0, 0)
        if found and not line:
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        builder.give_up(f"this is not TOML: {message}", Place(name, line, column))
    except (RecursionError, ValueError) as error:
        if "digits" in str(error):
            builder.give_up("wanted numbers below 2^64, found one of thousands of digits", place)
        builder.give_up(f"this is not TOML: {error}", place)
    _take(data, place, builder)
    return builder.whole


def _check_depth(text: str, name: str, builder: Builder) -> None:
    """Count brackets and the parts of keys: Python's reader calls itself, or copies, for each."""
    depth = 0
    for match in OPENING.finditer(text):
        depth += bool(match["open"]) - bool(match["close"])
        if depth > DEEPEST or match["long"]:
            line = text.count("\n", 0, match.start()) + 1
            builder.give_up(f"brackets or keys go more than {DEEPEST} deep", Place(name, line))


def _take(value: Any, place: Place, builder: Builder) -> None:
    """Hand a value over; the builder's cap on depth ends this for `a.a.a.a...` too."""
    if isinstance(value, dict):
        builder.open({}, place)
        for key, part in value.items():
            builder.key(key, place)
            _take(part, place, builder)
        builder.close()
    elif isinstance(value, list):
        builder.open([], place)
        for part in value:
            _take(part, place, builder)
        builder.close()
    else:
        if not isinstance(value, str | int | float):
            builder.complain(f"wanted text or a number, found a date or time: {value}", place)
        builder.value(value, place)
