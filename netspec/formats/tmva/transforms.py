"""<Transformations>: what is done to the variables before the network, and to targets after it.

    <Transform Name="Normalize" UseOffsetOrNot="UseOffset">
      <Selection> ... </Selection>
      <Class ClassIndex="c"> <Ranges> <Range Index="k" Min= Max=/> ... </Ranges> </Class>

There is an entry for each class and, where there are two classes or more, one for all together.
The class of an event is not known when a network is applied: TMVA takes the last entry, and so
does netspec; the others are kept as text. `UseOffsetOrNot` came with ROOT 6.38, whose first
releases cannot read a file without it; a missing one means UseOffset, and netspec always
writes it.

Normalised variables are `normalize` layers before the network. Normalised targets are one
with `inverse: true` after it: the network was trained on targets between -1 and 1. Of several
transformations of targets ROOT undoes only the first, so that they are refused.

Also read: the form of ROOT 5, with NVariables and NTargets and without a selection.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy
from lxml import etree

from ...errors import FormatError, LossWarning, nearest
from . import selections
from .elements import Element, Piece, shown
from .matrices import Array
from .plan import Change
from .ranges import Ranges, add_ranges, read_new, read_old
from .selections import Entry

TITLES = {
    "Gauss": "the Gauss and Uniform transformation",
    "Decorrelation": "decorrelation",
    "PCA": "principal components",
    "Rearrange": "the rearranging of variables",
    "Identity": "the identity",
}


class Transforms(NamedTuple):
    """Layers before the network, layers after it, and what of the file is in neither.

    `kept` holds, by number of the transformation and of the class, the ranges of the entries
    that are not used, as text.
    """

    before: list[Piece]
    after: list[Piece]
    kept: dict[str, str]


def read(node: Element | None, known: Sequence[Entry]) -> Transforms:
    """Read <Transformations>; `known` are the variables, targets and spectators in their order.

    Raises FormatError with file and line for what netspec cannot do.
    """
    found = Transforms([], [], {})
    for number, child in enumerate(node.counted("Transform", "NTransformations") if node else ()):
        refuse_unknown(child)
        ranges = (
            read_old(child, known) if "NVariables" in child.node.attrib else read_new(child, known)
        )
        for c, table in enumerate(ranges.tables[:-1]):
            found.kept[f"tmva/Transform {number}/Class {c}"] = " ".join(
                map(str, table.ravel().tolist())
            )
        variables, targets = (part(ranges, which, known) for which in ("Variable", "Target"))
        if variables:
            found.before.append(variables)
        if targets and found.after:
            raise child.error(
                "a second transformation of targets is not supported: ROOT itself undoes only the"
                " first"
            )
        if targets:
            found.after.append(targets)
        spectators = [where for where in ranges.inputs if where.type == "Spectator"]
        if spectators:
            warnings.warn(
                f"{child.place}: <Transform>: the ranges of {len(spectators)} spectators are left"
                " out: no output depends on them",
                LossWarning,
                stacklevel=2,
            )
    return found


def refuse_unknown(node: Element) -> None:
    """Raise FormatError unless the transformation is Normalize with offset."""
    name = node.attribute("Name")
    if name in TITLES:
        raise node.error(
            f"{TITLES[name]} ({name}) is not supported: netspec applies Normalize;"
            " evaluate this file with TMVA itself"
        )
    if name != "Normalize":
        raise node.error(f"wanted a transformation, found {shown(name)}{nearest(name, TITLES)}")
    if (offset := node.get("UseOffsetOrNot", "UseOffset")) != "UseOffset":
        raise node.error(
            f"UseOffsetOrNot={shown(offset)} is not supported: netspec knows UseOffset only"
        )


def part(ranges: Ranges, which: str, known: Sequence[Entry]) -> Piece | None:
    """Give the layer that does what a Normalize does to variables or undoes it of targets."""
    mine = [k for k, where in enumerate(ranges.inputs) if where.type == which]
    if not mine:
        return None
    width = sum(entry.type == which for entry in known)
    read_from = [ranges.inputs[k].position for k in mine]
    written_to = [ranges.outputs[k].position for k in mine]
    inverse = which == "Target"
    if inverse:
        read_from, written_to = written_to, read_from
    row: dict[str, object] = {"type": "normalize"} | ({"inverse": True} if inverse else {})
    if read_from != list(range(width)) or written_to != read_from:
        row["inputs"] = read_from
    if written_to != read_from:
        row["outputs"] = written_to
    table = ranges.tables[-1][mine]
    return Piece(row, {"minimum": table[:, 0].copy(), "maximum": table[:, 1].copy()}, (width,))


def add(
    parent: Any,
    rows: Sequence[Sequence[Change]],
    weights: Mapping[str, Array],
    known: Sequence[Entry],
    classes: int,
    kept: Mapping[str, str],
) -> None:
    """Write <Transformations> as the last child of `parent`.

    `rows` has one row a transformation: what it does to the variables, or undoes of targets, or
    both. `kept` holds the ranges of entries that are not used. Raises FormatError for ranges
    that nothing can be divided by.
    """
    node = etree.SubElement(parent, "Transformations", NTransformations=str(len(rows)))
    for number, row in enumerate(rows):
        attributes = {"Name": "Normalize", "UseOffsetOrNot": "UseOffset"}
        transform = etree.SubElement(node, "Transform", attributes)
        inputs: list[Entry] = []
        outputs: list[Entry] = []
        for change in row:
            more_inputs, more_outputs = entries_of(change, known)
            inputs += names_of(change, more_inputs, known)
            outputs += names_of(change, more_outputs, known)
        selections.add(transform, inputs, outputs)
        table = numpy.concatenate([ranges_of(change, weights) for change in row])
        last = classes if classes > 1 else 0
        for c in range(last):
            text = kept.get(f"tmva/Transform {number}/Class {c}", "")
            old = numpy.array(text.split(), numpy.float32).reshape(-1, 2)
            add_ranges(transform, c, old if len(old) == len(table) else table)
        add_ranges(transform, last, table)


Named = list[tuple[Entry, int]]  # each with its position among its own type


def entries_of(change: Change, known: Sequence[Entry]) -> tuple[Named, Named]:
    """Give what a transformation reads and writes, step after step."""
    layer, steps = change
    type_ = "Target" if layer.inverse else "Variable"
    own = [(entry, k) for k, entry in enumerate(e for e in known if e.type == type_)]
    width = len(own) // steps
    read_from = layer.inputs or tuple(range(width))
    written_to = layer.outputs or read_from
    if layer.inverse:
        read_from, written_to = written_to, read_from
    return (
        [own[t * width + k] for t in range(steps) for k in read_from],
        [own[t * width + k] for t in range(steps) for k in written_to],
    )


def names_of(change: Change, named: Named, known: Sequence[Entry]) -> list[Entry]:
    """Give the entries by which each is found. Raises FormatError where a name is not enough."""
    entries = [entry for entry, _ in named]
    found = selections.positions(entries, known)
    for (entry, position), again in zip(named, found, strict=True):
        if position != again:
            raise FormatError(
                f"{change.layer.name}: a TMVA file finds variables by name, and"
                f" {shown(entry.label)} is the name of several: give each a name of its own"
            )
    return entries


def read_otherwise(rows: Sequence[Sequence[Change]], known: Sequence[Entry]) -> list[str]:
    """Give the labels that ROOT's Reader takes for another variable than netspec does."""
    named = [part for row in rows for change in row for part in entries_of(change, known)]
    return selections.read_otherwise(chain.from_iterable(named), known)


def ranges_of(change: Change, weights: Mapping[str, Array]) -> Array:
    """Give minima and maxima (n, 2), those of one step for every step."""
    layer, steps = change
    low, high = (weights[f"{layer.name}/{key}"] for key in ("minimum", "maximum"))
    if not numpy.all(numpy.isfinite(low) & numpy.isfinite(high) & (low != high)):
        raise FormatError(
            f"{layer.name}: wanted finite limits that differ, found others: nothing to divide by"
        )
    return numpy.tile(numpy.stack([low, high], axis=1), (steps, 1))
