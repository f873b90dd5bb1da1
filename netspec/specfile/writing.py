"""From plain data to YAML, JSON and TOML, short and pretty; the same data give the same text.

One line for each layer, in all three: a mapping inside another is written in braces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from ..errors import SpecError
from .references import escaped
from .yaml_events import scalar

SCHEMA = "../schemas/network.schema.json"
WIDTH = 96
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./+-]*")
BARE = re.compile(r"[A-Za-z0-9_-]+")
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml(data: Mapping[str, Any], schema: str | None = SCHEMA) -> str:
    """Write YAML; `schema`, where editors find the JSON Schema, becomes the first line."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    for key, value in escaped(data).items():
        word = _yaml_text(key)
        line = f"{word}: {_flow(value, _yaml_text, ': ')}"
        if _is_table(value):
            lines += [f"{word}:", *(f"  - {_flow(row, _yaml_text, ': ')}" for row in value)]
        elif isinstance(value, dict) and len(line) > WIDTH:
            parts = (f"{_yaml_text(k)}: {_flow(v, _yaml_text, ': ')}" for k, v in value.items())
            lines += [f"{word}:", *(f"  {part}" for part in parts)]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def json_text(data: Mapping[str, Any]) -> str:
    """Write JSON: a line for each key at the top and for each layer."""
    lines = []
    for key, value in escaped(data).items():
        if _is_table(value):
            rows = ",\n".join(f"    {_flow(row, _quoted, ': ')}" for row in value)
            lines.append(f"  {_quoted(key)}: [\n{rows}\n  ]")
        else:
            lines.append(f"  {_quoted(key)}: {_flow(value, _quoted, ': ')}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def toml(data: Mapping[str, Any]) -> str:
    """Write TOML, which has no word for nothing: an option without a value is left out."""
    single, tables = [], []
    for key, value in _without_nothing(escaped(data)).items():
        word = _toml_key(key)
        if isinstance(value, dict):
            tables.append(f"\n[{word}]\n{_toml_lines(value)}")
        elif _is_table(value):
            tables += [f"\n[[{word}]]\n{_toml_lines(row)}" for row in value]
        else:
            single.append(f"{word} = {_flow(value, _quoted, ' = ', _toml_key)}\n")
    return "".join([*single, *tables]).lstrip("\n")


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _toml_lines(mapping: dict[str, Any]) -> str:
    parts = ((_toml_key(key), value) for key, value in mapping.items())
    return "".join(f"{key} = {_flow(value, _quoted, ' = ', _toml_key)}\n" for key, value in parts)


def _toml_key(key: str) -> str:
    return key if BARE.fullmatch(key) else _quoted(key)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(part) for key, part in value.items() if part is not None}
    if isinstance(value, list) and None in value:
        raise SpecError("TOML cannot say an empty value in a list; write YAML or JSON")
    return [_without_nothing(part) for part in value] if isinstance(value, list) else value


def _flow(
    value: Any, text: Callable[[str], str], colon: str, key: Callable[[str], str] | None = None
) -> str:
    """Write a value in one line: `{type: lstm, units: 10}`."""
    if isinstance(value, dict):
        word = key or text
        parts = (f"{word(k)}{colon}{_flow(v, text, colon, key)}" for k, v in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(part, text, colon, key) for part in value) + "]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise SpecError(f"wanted a finite number, found {value}")
        return repr(float(value))
    return json.dumps(value)


def _yaml_text(text: str) -> str:
    plain = PLAIN.fullmatch(text) and isinstance(scalar(text), str)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """Write text in double quotes, which mean the same in YAML, JSON and TOML.

    >>> _quoted('a "b"')
    '"a \\\\"b\\\\""'
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)
