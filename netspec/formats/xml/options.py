"""The text of an option: JSON without blanks, in characters that XML can hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

DEEPEST: Final = 64  # lists and mappings inside each other
# What no XML file may hold, not even escaped.
ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(value: object) -> str:
    """Write plain data.

    >>> write({"units": 10, "name": "pt"})
    '{"units":10,"name":"pt"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Only inside a JSON string can such a character stand, and there it has an escape.
    return ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def read(text: str) -> Any:
    """Read plain data; anything else is a `ValueError` that says what was found."""
    try:
        value = json.loads(
            text, object_pairs_hook=_mapping, parse_float=_finite, parse_constant=_refuse
        )
    except RecursionError:
        raise ValueError("wanted JSON, found brackets too deep") from None
    except json.JSONDecodeError as error:
        short = text.strip()
        short = short if len(short) <= 40 else f"{short[:37]}..."
        raise ValueError(f"wanted JSON, found {short!r}: {error.msg}") from None
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError(f"wanted JSON, found brackets more than {DEEPEST} deep")
        level = [inner for outer in level for inner in _inside(outer)]
    return value


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("wanted each key once, found one twice")
    return mapping


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"wanted a finite number, found {text[:40]}")
    return value


def _refuse(word: str) -> float:
    raise ValueError(f"wanted a finite number, found {word}")
