"""From pydantic's findings to sentences: where, what was wanted, what was found, the nearest word.

pydantic knows the types of a spec, not how to say it to a person: its paths hold the names of
union members, and its texts leave out what else could have been meant. This file follows each path
through the classes, leaves those names out, and writes the sentence anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from .errors import Place, Problem, nearest

Path = tuple[str | int, ...]
TAG = "type"  # the option that says which record of a union is meant
LONGEST = 60  # letters of a value
MOST = 50  # problems of one spec; more help nobody


class Spot(NamedTuple):
    """Where in the classes of a spec a path ends."""

    path: Path  # as a person writes it
    record: type[BaseModel]  # the record that the last option belongs to
    around: Path  # the path of that record
    wanted: Any  # the type of the value, None where it is not known


def describe(
    error: ValidationError,
    place: Callable[[Path], Place | None],
    cls: type[BaseModel],
) -> tuple[Problem, ...]:
    """Say every problem that pydantic found with data for `cls`, each once.

    `place` gives the spot in a file for a path. The key of an unknown option is marked as what is
    to blame, and its place is asked for as `(..., key, "[key]")`.
    """
    findings = [(_follow(f["loc"], cls), f) for f in error.errors(include_url=False)]
    unknown = [spot for spot, finding in findings if finding["type"] == "extra_forbidden"]
    found: dict[Problem, None] = {}
    for spot, finding in findings:
        if finding["type"] == "missing" and any(_could_mean(other, spot) for other in unknown):
            continue
        if finding["type"] == "too_short" and len(finding["input"]) >= finding["ctx"]["min_length"]:
            continue  # pydantic does not count entries that are wrong themselves
        problem = _problem(spot, finding)
        asked = (*problem.path, "[key]") if problem.key else problem.path
        found[problem._replace(place=place(asked))] = None
        if len(found) == MOST:
            found[Problem((), "and more", place(()))] = None
            break
    return tuple(found)


def _could_mean(unknown: Spot, missing: Spot) -> bool:
    """Say whether an unknown option is a missing one, misspelt: that is one problem, not two."""
    if unknown.path[:-1] != missing.path[:-1]:
        return False
    hint = nearest(unknown.path[-1], unknown.record.model_fields)
    return hint.startswith(f", did you mean {missing.path[-1]!r}")


def _problem(spot: Spot, finding: Any) -> Problem:
    kind, value, context = finding["type"], finding["input"], finding.get("ctx", {})
    if kind == "extra_forbidden":
        hint = nearest(spot.path[-1], spot.record.model_fields)
        return Problem(spot.path, f"no such option of {_name(spot)}{hint}", key=True)
    if kind == "missing":
        message = f"{_name(spot)} wants {_wanted(spot.wanted)} here, found nothing"
        return Problem(spot.path, message)
    if kind == "union_tag_invalid":
        tag, tags = context["tag"], _tags(spot.wanted)
        word = isinstance(value, dict) and list(value) == [TAG]
        path = spot.path if word else (*spot.path, TAG)
        return Problem(path, f"there is no {_noun(spot.path)} {_quoted(tag)}{nearest(tag, tags)}")
    if kind == "union_tag_not_found":
        noun, known = _noun(spot.path), ", ".join(sorted(_tags(spot.wanted)))
        return Problem(spot.path, f"wanted the type of the {noun} ({known}), found none")
    if kind in ("value_error", "assertion_error"):
        return Problem(spot.path, str(context.get("error", finding["msg"])))
    if kind in ("too_short", "too_long"):
        limit = context.get("min_length", context.get("max_length"))
        edge = "at least" if kind == "too_short" else "at most"
        entries = "entry" if limit == 1 else "entries"
        return Problem(spot.path, f"wanted {edge} {limit} {entries}, found {len(value)}")
    wanted = _wanted(spot.wanted) if spot.wanted is not None else _plain(finding["msg"])
    alone = isinstance(value, str) and value in _tags(spot.wanted)
    hint = f" alone: write {{type: {value}}}" if alone else ""
    if kind == "literal_error" and isinstance(value, str):
        near = nearest(value, [word for word in _words(spot.wanted) if isinstance(word, str)])
        hint = near if near.startswith(",") else ""
    return Problem(spot.path, f"wanted {wanted}, found {_quoted(value)}{hint}")


def _follow(steps: Path, cls: type[BaseModel]) -> Spot:
    """Walk a path of pydantic's through the classes."""
    spot = Spot((), cls, (), cls)
    for step in steps:
        wanted = _bare(spot.wanted)
        path = (*spot.path, step)
        if get_origin(wanted) in (Union, UnionType):
            member = next((m for m in get_args(wanted) if step in _tags(m)), None)
            spot = spot._replace(wanted=member)
        elif isinstance(wanted, type) and issubclass(wanted, BaseModel):
            option = wanted.model_fields.get(str(step))
            inner = None if option is None else _annotated(option)
            spot = Spot(path, wanted, spot.path, inner)
        elif get_origin(wanted) in (tuple, list):
            spot = spot._replace(path=path, wanted=get_args(wanted)[0])
        elif get_origin(wanted) is dict:
            spot = spot._replace(path=path, wanted=get_args(wanted)[1])
        else:
            spot = spot._replace(path=path, wanted=None)
    return spot


def _annotated(option: FieldInfo) -> Any:
    """Give an option's type with its limits, as it was written."""
    if not option.metadata:
        return option.annotation
    return Annotated[option.annotation, *option.metadata]


def _bare(wanted: Any) -> Any:
    """Give a type without its limits, and without `or nothing`."""
    while get_origin(wanted) is Annotated:
        wanted = get_args(wanted)[0]
    if get_origin(wanted) in (Union, UnionType):
        members = [member for member in get_args(wanted) if member is not NoneType]
        if len(members) == 1:
            return _bare(members[0])
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
                    for name in ("gt", "ge", "lt", "le", "min_length", "pattern")
                    if getattr(part, name, None) is not None
                }
    elif get_origin(wanted) in (Union, UnionType):
        for member in get_args(wanted):
            limits |= _limits(member)
    return limits


def _wanted(wanted: Any) -> str:
    """Say a type in words: `a whole number above 0`."""
    bare, limits = _bare(wanted), _limits(wanted)
    words = _words(bare)
    if words:
        return _either(list(map(_quoted, words)))
    if bare is int or bare is float:
        return ("a whole number" if bare is int else "a number") + _range(limits)
    if bare is str:
        return _text(limits)
    if bare is bool:
        return "true or false"
    if get_origin(bare) in (tuple, list):
        return "a list"
    if _tags(bare):
        return f"a mapping, as in {{type: {min(_tags(bare))}, ...}}"
    return "a mapping of options" if bare is not None else "a value"


def _either(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _range(limits: dict[str, Any]) -> str:
    low = f" above {limits['gt']}" if "gt" in limits else ""
    low = f" from {limits['ge']}" if "ge" in limits else low
    high = f" below {limits['lt']}" if "lt" in limits else ""
    if limits.get("le") is not None and limits["le"] < 2**31 - 1:
        high = f" up to {limits['le']}"
    return low + high


def _text(limits: dict[str, Any]) -> str:
    if "pattern" in limits:
        return "a name of letters, digits and _.- that begins with a letter or _"
    return "text" if not limits.get("min_length") else "a text that is not empty"


def _words(wanted: Any) -> tuple[Any, ...]:
    bare = _bare(wanted)
    return get_args(bare) if get_origin(bare) is Literal else ()


def _tags(wanted: Any) -> set[str]:
    """Give the words by which a record, or each record of a union, says its type."""
    return set(_tags_of(_bare(wanted)))


def _tags_of(bare: Any) -> Iterator[str]:
    if get_origin(bare) in (Union, UnionType):
        for member in get_args(bare):
            yield from _tags(member)
    elif isinstance(bare, type) and issubclass(bare, BaseModel) and TAG in bare.model_fields:
        default = bare.model_fields[TAG].default
        if isinstance(default, str):
            yield default


def _name(spot: Spot) -> str:
    """Say what kind of record an option belongs to: `a lstm layer`."""
    if not spot.around:
        return "a spec"
    noun, tags = _noun(spot.around), _tags(spot.record)
    words = f"{min(tags)} {noun}" if tags else noun
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _noun(path: Path) -> str:
    """Say what stands at a path: `layers.2` is a layer."""
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "spec")
    inside = bool(path) and isinstance(path[-1], int)
    return name.removesuffix("s") if inside else name.replace("_", " ")


def _quoted(value: Any) -> str:
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
    words = repr(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}..."


def _plain(message: str) -> str:
    return message.removeprefix("Input should be ").rstrip(".")
