"""From pydantic's findings to sentences: where, what was wanted, what was found, the nearest word.

pydantic knows the types of a spec, not how to say it to a person: its paths hold the names of
union members, and its texts leave out what else could have been meant. This file follows each path
through the classes, leaves those names out, and writes the sentence anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.fields import FieldInfo

from .errors import Place, Problem, nearest
from .phrases import (
    TAG,
    article,
    bare,
    required_of,
    tags_of,
    type_in_words,
    value_in_words,
    words_of,
)

Path = tuple[str | int, ...]
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
MOST = 50  # problems of one spec; more would help nobody


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
            # At the path of the last one shown, so that it stays the last in the file's order.
            found[Problem(problem.path, "and more", place(asked), problem.key)] = None
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
        message = f"{_name(spot)} wants {type_in_words(spot.wanted)} here, found nothing"
        return Problem(spot.path, message)
    said = value.get(TAG) if isinstance(value, dict) else value
    if kind == "union_tag_not_found" or (kind == "union_tag_invalid" and not isinstance(said, str)):
        noun, known = _noun(spot.path), ", ".join(sorted(tags_of(spot.wanted)))
        path = (*spot.path, TAG) if TAG in value else spot.path
        found = value_in_words(said) if TAG in value else "none"
        return Problem(path, f"wanted the type of the {noun} ({known}), found {found}")
    if kind == "union_tag_invalid":
        tag, tags = context["tag"], tags_of(spot.wanted)
        word = isinstance(value, dict) and list(value) == [TAG]
        path = spot.path if word else (*spot.path, TAG)
        return Problem(
            path, f"there is no {_noun(spot.path)} {value_in_words(tag)}{nearest(tag, tags)}"
        )
    if kind in ("value_error", "assertion_error"):
        return Problem(spot.path, str(context.get("error", finding["msg"])))
    if kind in ("too_short", "too_long"):
        limit = context.get("min_length", context.get("max_length"))
        edge = "at least" if kind == "too_short" else "at most"
        entries = "entry" if limit == 1 else "entries"
        return Problem(spot.path, f"wanted {edge} {limit} {entries}, found {len(value)}")
    wanted = _plain(finding["msg"]) if spot.wanted is None else type_in_words(spot.wanted, value)
    hint = _remedy(kind, spot.wanted, value)
    return Problem(spot.path, f"wanted {wanted}, found {value_in_words(value)}{hint}")


def _remedy(kind: str, wanted: Any, value: Any) -> str:
    """Say how a value of another kind could be meant, where that is plain."""
    plain = bare(wanted)
    if plain is str and isinstance(value, int | float):
        return f": write {str(value).lower()!r} in quotes"
    if kind in ("tuple_type", "list_type") and isinstance(value, int | float):
        return f" alone: write [{value}]"
    if not isinstance(value, str):
        return ""
    if plain in (int, float) and NUMBER.fullmatch(value):
        return ", a text: leave the quotes out"
    if value in tags_of(wanted):
        return f" alone: write {{type: {value}}}"
    if kind == "model_type" and len(required := required_of(wanted)) == 1:
        return f" alone: write {{{required[0]}: {value}}}"
    if kind == "literal_error":
        near = nearest(value, [word for word in words_of(wanted) if isinstance(word, str)])
        return near if near.startswith(",") else ""
    return ""


def _follow(steps: Path, cls: type[BaseModel]) -> Spot:
    """Walk a path of pydantic's through the classes."""
    spot = Spot((), cls, (), cls)
    for step in steps:
        wanted = bare(spot.wanted)
        path = (*spot.path, step)
        if get_origin(wanted) in (Union, UnionType):
            member = next((m for m in get_args(wanted) if _goes_by(m, step)), None)
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


def _goes_by(member: Any, step: str | int) -> bool:
    """Say whether a step of pydantic's means this member of a union."""
    metadata = get_args(member)[1:] if get_origin(member) is Annotated else ()
    return step in tags_of(member) or any(isinstance(m, Tag) and m.tag == step for m in metadata)


def _annotated(option: FieldInfo) -> Any:
    """Give an option's type with its limits, as it was written."""
    if not option.metadata:
        return option.annotation
    return Annotated[option.annotation, *option.metadata]


def _name(spot: Spot) -> str:
    """Say what kind of record an option belongs to: `an lstm layer`, `a phase`, `training`."""
    if not spot.around:
        return "a spec"
    noun, tags = _noun(spot.around), tags_of(spot.record)
    if not tags and isinstance(spot.around[-1], str):
        return noun
    words = f"{min(tags)} {noun}" if tags else noun
    return f"{article(words)} {words}"


def _noun(path: Path) -> str:
    """Say what stands at a path: `layers.2` is a layer."""
    if len(path) > 1 and path[-2] in ("initializers", "blocks"):  # tables by names of arrays
        return "initializer"
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "spec")
    inside = bool(path) and isinstance(path[-1], int)
    return name.removesuffix("s") if inside else name.replace("_", " ")


def _plain(message: str) -> str:
    return message.removeprefix("Input should be ").rstrip(".")
