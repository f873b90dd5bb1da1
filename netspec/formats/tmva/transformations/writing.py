"""From layers to <Transformations>, with what was kept of a file.

Entries of classes that are not used are written as they stood in the file, where they still fit,
else as those of all classes. So is what is done to spectators.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from lxml import etree

from ....errors import FormatError
from .. import elements, selections
from ..elements import shown
from ..matrices import Array
from ..selections import Entry
from .kind import Kind, Words
from .kinds import OF_LAYER, kind_of
from .numbers import readable
from .rows import Named, Part, entries_of

HEAD = "tmva/Transform "


def add(
    parent: Any,
    rows: Sequence[Sequence[Part]],
    weights: Mapping[str, Array],
    known: Sequence[Entry],
    classes: int,
    kept: Mapping[str, str],
) -> list[str]:
    """Write <Transformations> as the last child of `parent`, and say what is lost.

    `rows` has one row a transformation. `known` are all variables, targets and spectators, `kept`
    the metadata of a file. Raises FormatError for numbers and names that TMVA cannot use.
    """
    node = etree.SubElement(parent, "Transformations", NTransformations="0")
    whole, lost = of_spectators(kept, known)
    left = list(rows)
    while left or whole:
        number = len(node)
        if number in whole or not left:
            node.append(whole.pop(number if number in whole else min(whole)))
            continue
        lost += add_one(node, number, left.pop(0), weights, known, classes, kept)
    node.set("NTransformations", str(len(node)))
    return lost


def of_spectators(
    kept: Mapping[str, str], known: Sequence[Entry]
) -> tuple[dict[int, Any], list[str]]:
    """Give the elements that were kept whole, by their numbers, and which do not fit any more."""
    found: dict[int, Any] = {}
    lost = []
    for key, text in kept.items():
        number = key.removeprefix(HEAD)
        if number == key or not (number.isascii() and number.isdigit()):
            continue
        try:
            node = elements.parse(key, text.encode())
            if node.tag != "Transform":
                raise node.error("wanted <Transform>")
            kind = kind_of(node)
            selected = kind.selected(node, known, "root")
            if {where.type for where in selected.inputs} != {"Spectator"}:
                raise node.error("wanted spectators only")
            kind.options(node)
            kind.entries(node, len(selected.inputs))
        except (FormatError, UnicodeEncodeError):
            lost.append(f"the metadata {key}: it does not fit any more")
            continue
        found[int(number[:9])] = node.node
    return found, lost


def add_one(
    parent: Any,
    number: int,
    row: Sequence[Part],
    weights: Mapping[str, Array],
    known: Sequence[Entry],
    classes: int,
    kept: Mapping[str, str],
) -> list[str]:
    """Write one transformation, and say what is lost."""
    kind: Kind = OF_LAYER[row[0].layer.type]
    attributes = {"Name": kind.name} | kind.attributes(row[0].layer)
    inputs: list[Entry] = []
    outputs: list[Entry] = []
    used: list[Words] = []
    lost = []
    for part in row:
        own = {name: weights[f"{part.layer.name}/{name}"] for name in kind.arrays}
        used += kind.words(part.layer, own) * len(part.steps if kind.apart else [0])
        for found, named in zip((inputs, outputs), entries_of(part, known), strict=True):
            entries, note = names_of(part, named, known, kept.get("tmva/compat"))
            found += entries
            lost += note
    text = kept.get(f"{HEAD}{number}/Spectators", "")
    for line in text.splitlines() if kind.apart and kind.arrays else ():
        if spectator := spectator_of(kind, line, known):
            inputs.append(spectator[0])
            outputs.append(spectator[1])
            used.append(spectator[2])
        else:
            lost.append(f"the metadata {HEAD}{number}/Spectators: it does not fit any more")
    transform = etree.SubElement(parent, "Transform", attributes)
    selections.add(transform, inputs, outputs)
    if not kind.arrays:
        return lost
    each = []
    for c in range(classes if classes > 1 else 0):
        words = kept.get(f"{HEAD}{number}/Class {c}", "").split()
        old = kind.cut(words, len(inputs)) if readable(words) else None
        each.append(old or used)
    kind.add(transform, [*each, used])
    return list(dict.fromkeys(lost))


def spectator_of(
    kind: Kind, line: str, known: Sequence[Entry]
) -> tuple[Entry, Entry, Words] | None:
    """Give the two entries and the words of a line that was kept, None where it does not fit."""
    words = line.split()
    own = [entry for entry in known if entry.type == "Spectator"]
    places = words[:2]
    if not all(w.isascii() and w.isdigit() and int(w[:9]) < len(own) for w in places):
        return None
    rows = kind.cut(words[2:], 1) if readable(words) else None
    return (own[int(places[0])], own[int(places[1])], rows[0]) if rows else None


def names_of(
    part: Part, named: Named, known: Sequence[Entry], compat: str | None
) -> tuple[list[Entry], list[str]]:
    """Give the entries by which each is found, and what is lost.

    Of a model that was read as ROOT reads it, names may mean what they mean to ROOT alone. Raises
    FormatError where a name is not enough.
    """
    entries, wanted = [entry for entry, _ in named], [position for _, position in named]
    found = list(selections.positions(entries, known))
    if found == wanted:
        return entries, []
    label = shown(next(e.label for e, p, w in zip(entries, found, wanted, strict=True) if p != w))
    if compat and list(selections.positions(entries, known, compat)) == wanted:
        return entries, [
            f"that {label} is the first variable of that name: read the file with compat {compat}"
            " to have it again"
        ]
    raise FormatError(
        f"{part.layer.name}: a TMVA file finds variables by name, and {label} is the name of"
        " several: give each a name of its own"
    )


def read_otherwise(rows: Sequence[Sequence[Part]], known: Sequence[Entry]) -> list[str]:
    """Give the labels that ROOT's Reader takes for another variable than netspec does."""
    named = [part for row in rows for one in row for part in entries_of(one, known)]
    return selections.read_otherwise(chain.from_iterable(named), known)
