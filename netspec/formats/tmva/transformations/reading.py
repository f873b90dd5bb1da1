"""From <Transformations> to layers, and what of the file is in none of them.

An identity has no element in a file, but is counted; one that has an element all the same is left
out.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from ....errors import LossWarning
from ....specfile import tmva_transform
from ..elements import Element, Piece
from ..selections import Entry
from . import root_faults
from .kind import Found
from .kinds import IDENTITIES, kind_of

ORDER = ("Variable", "Target", "Spectator")  # in which they are written


class Transforms(NamedTuple):
    """Layers before the network, layers after it, and what of the file is in neither.

    `kept` holds, by number of the transformation, the numbers of the entries that are not used
    and what is done to spectators, as text; `unlike` what ROOT's Reader computes otherwise.
    """

    before: list[Piece]
    after: list[Piece]
    kept: dict[str, str]
    unlike: list[str]


class Context(NamedTuple):
    """What stands elsewhere in the file: all names, how many classes (0: unknown), VarTransform.

    `compat` is "root" where ROOT's Reader is to be followed in its faults.
    """

    known: Sequence[Entry]
    classes: int = 0
    booked: str = ""
    compat: str | None = None


def read(
    node: Element | None,
    known: Sequence[Entry],
    classes: int = 0,
    booked: str = "",
    compat: str | None = None,
) -> Transforms:
    """Read <Transformations>; `known` are the variables, targets and spectators in their order.

    `classes` is their number (0 where the file says none) and `booked` the VarTransform option.
    Raises FormatError with file and line for what netspec cannot do.
    """
    context = Context(known, classes, booked, compat)
    found = Transforms([], [], {}, [])
    number = 0
    for child in elements_of(node, context) if node else ():
        number += take(one(child, context), f"tmva/Transform {number}", context, found)
    return found


def elements_of(node: Element, context: Context) -> list[Element]:
    """Give the transformations that do something."""
    stated = node.integer("NTransformations")
    found = node.children()
    for child in found:
        if child.tag != "Transform":
            raise child.error(f"wanted <Transform> inside <{node.tag}>, found <{child.tag}>")
    if len(found) != stated and len(found) + identities(context.booked) != stated:
        raise node.error(f"NTransformations says {stated}, found {len(found)} <Transform>")
    idle = [child for child in found if child.attribute("Name") in IDENTITIES]
    if idle:
        warnings.warn(
            f"{idle[0].place}: <Transform>: left out: {len(idle)} that do nothing",
            LossWarning,
            stacklevel=2,
        )
    return [child for child in found if child.attribute("Name") not in IDENTITIES]


def identities(booked: str) -> int:
    """Count the identities that were booked: ROOT counts them and writes nothing for them."""
    parts = re.split(r"[+,]", re.sub(r"\([^)]*\)", "", booked))
    return sum(tmva_transform.WORDS.get(p.partition("_")[0].strip()) == "I" for p in parts)


def one(node: Element, context: Context) -> Found:
    """Read one transformation. Raises FormatError."""
    kind = kind_of(node)
    selected = kind.selected(node, context.known, context.compat)
    found = Found(node, kind, selected, kind.entries(node, len(selected.inputs)))
    wanted = context.classes + (context.classes > 1)
    if kind.arrays and context.classes and len(found.entries) != wanted:
        raise node.error(
            f"wanted {wanted} entries, since the file has {context.classes} classes, found"
            f" {len(found.entries)}: one for each class and, of two or more, one for all"
        )
    types = [type_ for type_ in ORDER if found.of(type_)]
    if not kind.apart and len(types) > 1:
        raise node.error(
            f"{kind.title} of {types[0].lower()}s and {types[1].lower()}s together is not"
            " supported: they are not there at the same time"
        )
    if found.of("Target") and not kind.undone:
        raise node.error(
            f"{kind.title} of targets is not supported: ROOT itself has no way back from it"
        )
    return found


def take(found: Found, key: str, context: Context, into: Transforms) -> bool:
    """Enter a transformation where it belongs, and say whether anything of it remains."""
    node, kind, selected = found.node, found.kind, found.selected
    options = kind.options(node)
    if len(found.of("Spectator")) == len(selected.inputs):
        tail, node.node.tail = node.node.tail, None
        into.kept[key] = etree.tostring(node.node, encoding="unicode")
        node.node.tail = tail
        return True
    variables, targets = root_faults.parted(
        found, context.compat, first=not into.after, into=into.unlike
    )
    if variables:
        into.before.append(piece(found, variables, options, context, inverse=False))
    if targets:
        into.after.insert(0, piece(found, targets, options, context, inverse=True))
    keep(found, [*variables, *targets, *found.of("Spectator")], key, into)
    return bool(variables or targets)


def piece(
    found: Found, mine: list[int], options: dict[str, object], context: Context, *, inverse: bool
) -> Piece:
    """Give the layer that does what a transformation does to variables, or undoes it of targets."""
    kind, selected = found.kind, found.selected
    type_ = selected.inputs[mine[0]].type
    width = sum(entry.type == type_ for entry in context.known)
    read_from = [selected.inputs[k].position for k in mine]
    written_to = [selected.outputs[k].position for k in mine]
    if inverse:
        read_from, written_to = written_to, read_from
    used = found.entries[-1] if found.entries else []
    rows = [used[k] for k in mine] if kind.apart and used else used
    row: dict[str, object] = {"type": kind.type} | options | kind.row(rows)
    row |= {"inverse": True} if inverse else {}
    if not kind.arrays or read_from != list(range(width)) or written_to != read_from:
        row["inputs"] = read_from
    if not kind.arrays or written_to != read_from or len(set(read_from)) < len(read_from):
        row["outputs"] = written_to
    return Piece(row, kind.weights(rows), (width,))


def keep(found: Found, order: list[int], key: str, into: Transforms) -> None:
    """Keep the words of the entries that are not used, and of what is done to spectators."""
    if not found.entries:
        return
    for c, rows in enumerate(found.entries[:-1]):
        chosen = [rows[k] for k in order] if found.kind.apart else rows
        into.kept[f"{key}/Class {c}"] = " ".join(word for row in chosen for word in row.words)
    spectators = found.of("Spectator")
    if spectators:
        selected, used = found.selected, found.entries[-1]
        into.kept[f"{key}/Spectators"] = "\n".join(
            " ".join(
                [
                    str(selected.inputs[k].position),
                    str(selected.outputs[k].position),
                    *used[k].words,
                ]
            )
            for k in spectators
        )
