"""Types and values in words: `a whole number above 0`, `a list of 2`."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

TAG = "type"  # the option that says which record of a union is meant
LONGEST = 60  # letters of a value


def bare(wanted: Any) -> Any:
    """Give a type without its limits, and without `or nothing`."""
    while get_origin(wanted) is Annotated:
        wanted = get_args(wanted)[0]
    if get_origin(wanted) in (Union, UnionType):
        members = [member for member in get_args(wanted) if member is not NoneType]
        if len(members) == 1:
            return bare(members[0])
    return wanted


def _limits(wanted: Any) -> dict[str, Any]:
    """Give `gt`, `ge`, `lt`, `le` and the like of a type."""
    limits: dict[str, Any] = {}
    if get_origin(wanted) is Annotated:
        inner, *metadata = get_args(wanted)
        limits |= _limits(inner)
        for item in metadata:
            parts = item.metadata if isinstance(item, FieldInfo) else [item]
            for part in parts:
                limits |= {
                    name: getattr(part, name)
                    for name in ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")
                    if getattr(part, name, None) is not None
                }
    elif get_origin(wanted) in (Union, UnionType):
        for member in get_args(wanted):
            limits |= _limits(member)
    return limits


def type_in_words(wanted: Any, found: Any = None) -> str:
    """Say a type in words: `a whole number above 0`.

    Limits that are far away are said where what was `found` is beyond them.
    """
    plain, limits = bare(wanted), _limits(wanted)
    words = words_of(plain)
    if words:
        return _either(list(map(value_in_words, words)))
    if plain is int or plain is float:
        return ("a whole number" if plain is int else "a number") + _range(limits, found)
    if plain is str:
        return _text(limits, found)
    if plain is bool:
        return "true or false"
    if get_origin(plain) in (tuple, list):
        return "a list"
    if tags := tags_of(plain):
        word = f"a word, as in {min(tags)}, or " if _takes_a_word(wanted) else ""
        return f"{word}a mapping, as in {{type: {min(tags)}, ...}}"
    if plain is None or plain is Any:
        return "a value"
    required = ", ".join(required_of(plain))
    return f"a mapping of options with {required}" if required else "a mapping of options"


def required_of(wanted: Any) -> list[str]:
    """Give the options that a record cannot be without."""
    plain = bare(wanted)
    if not (isinstance(plain, type) and issubclass(plain, BaseModel)):
        return []
    return [name for name, option in plain.model_fields.items() if option.is_required()]


def _takes_a_word(wanted: Any) -> bool:
    """Say whether a record may be written as a word alone."""
    if get_origin(wanted) is Annotated:
        inner, *metadata = get_args(wanted)
        return any(isinstance(m, BeforeValidator) for m in metadata) or _takes_a_word(inner)
    if get_origin(wanted) in (Union, UnionType):
        return any(_takes_a_word(member) for member in get_args(wanted))
    return False


def _either(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _range(limits: dict[str, Any], found: Any) -> str:
    low = f" above {limits['gt']}" if "gt" in limits else ""
    low = f" from {limits['ge']}" if "ge" in limits else low
    high = f" below {limits['lt']}" if "lt" in limits else ""
    most = limits.get("le")
    beyond = isinstance(found, int | float) and most is not None and found > most
    if most is not None and (most < 2**31 - 1 or beyond):
        high = f" up to {most}"
    return low + high


def _text(limits: dict[str, Any], found: Any) -> str:
    most = limits.get("max_length")
    if isinstance(found, str) and most is not None and len(found) > most:
        return f"a text of {most} letters at most"
    if "pattern" in limits:
        return "a name of letters, digits and _.- that begins with a letter or _"
    return "text" if not limits.get("min_length") else "a text that is not empty"


def words_of(wanted: Any) -> tuple[Any, ...]:
    """Give the words that an option may be, where they are a fixed few."""
    plain = bare(wanted)
    return get_args(plain) if get_origin(plain) is Literal else ()


def tags_of(wanted: Any) -> set[str]:
    """Give the words by which a record, or each record of a union, says its type."""
    return set(_each_tag(bare(wanted)))


def _each_tag(plain: Any) -> Iterator[str]:
    if get_origin(plain) in (Union, UnionType):
        for member in get_args(plain):
            yield from tags_of(member)
    elif isinstance(plain, type) and issubclass(plain, BaseModel) and TAG in plain.model_fields:
        default = plain.model_fields[TAG].default
        if isinstance(default, str) and len(words_of(plain.model_fields[TAG].annotation)) == 1:
            yield default


def article(words: str) -> str:
    """Give `a` or `an`, as one says it: words without vowels are spelled out.

    >>> [article(word) for word in ("lstm", "gru", "dense", "adam", "sgd")]
    ['an', 'a', 'a', 'an', 'an']
    """
    start = words.split()[0].lower()
    spelled = not set(start[:4]) & set("aeiouy")
    return "an" if start[0] in ("aefhilmnorsx" if spelled else "aeiou") else "a"


def value_in_words(value: Any) -> str:
    """Say what was found, in few words."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        keys = ", ".join(map(str, value))
        return f"a mapping of {keys[:LONGEST]}" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 256:
        return f"a number of {value.bit_length()} bits"
    words = " ".join(repr(value).split()) if not isinstance(value, str) else repr(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
