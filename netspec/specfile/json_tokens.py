"""JSON: from text to plain data, with line and column of every key and value.

Python's own `json` judges whether the text is JSON. That said, a walk over its tokens builds the
data and notes the places; the walk counts brackets first, because `json` calls itself for each.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

from ..errors import Place
from .builder import DEEPEST, Builder

# A string that is never closed reaches to the end of the file: it must not be tried twice.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]|[^\s,:\[\]{}"]+', re.DOTALL)
LONGEST = 400  # digits of a whole number; a spec needs twenty at most


def read(text: str, name: str, builder: Builder) -> Any:
    """Read one JSON text; `name` is what errors call the file."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return Place(name, line, offset - starts[line - 1] + 1)

    tokens = [(match.group(), match.start()) for match in TOKEN.finditer(text)]
    _check_depth(tokens, place, builder)
    try:
        json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        builder.give_up(f"this is not JSON: {error.msg}", place(error.pos))
    for token, offset in tokens:
        if token in ("[", "{"):
            builder.open({} if token == "{" else [], place(offset))
        elif token in ("]", "}"):
            builder.close()
        elif builder.wants_key:
            builder.key(json.loads(token), place(offset))
        else:
            as_float = len(token) > LONGEST and not token.startswith('"')
            value = float(token) if as_float else json.loads(token)
            builder.value(value, place(offset))
    return builder.whole


def _check_depth(tokens: list[tuple[str, int]], place: Any, builder: Builder) -> None:
    depth = 0
    for token, offset in tokens:
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if depth > DEEPEST:
            builder.give_up(
                f"brackets go more than {DEEPEST} deep; a spec needs fewer", place(offset)
            )
