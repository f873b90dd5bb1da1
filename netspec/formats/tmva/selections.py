"""Which variables a transformation reads and which it writes.

    <Selection>
      <Input NInputs="1"> <Input Type="Variable" Label="pt" Expression="jet_pt"/> </Input>
      <Output NOutputs="1"> <Output Type="Variable" Label="pt" Expression="jet_pt"/> </Output>
    </Selection>

ROOT resolves each entry to the first variable whose label or expression fits. All elements of
an array variable share one label, so that in ROOT they all resolve to element 0 and the Reader
gives wrong numbers. netspec maps repeated labels by position: the second entry of a label means
the second variable of that label, which is what the network was trained on; a warning says so.
With `compat="root"` every entry is resolved as ROOT does it, so that inputs and outputs repeat.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lxml import etree

from ...errors import NetspecWarning
from .elements import Element, shown


class Entry(NamedTuple):
    """A variable, target or spectator as a selection names it."""

    type: str
    label: str
    expression: str


class Where(NamedTuple):
    """Where number k of a transformation comes from or goes to: a type and a position in it."""

    type: str
    position: int


class Selected(NamedTuple):
    """Where the numbers of a transformation come from and go to.

    `strays` are the labels that ROOT's Reader takes for another variable.
    """

    inputs: list[Where]
    outputs: list[Where]
    strays: Sequence[str] = ()


def read(selection: Element, known: Sequence[Entry], compat: str | None = None) -> Selected:
    """Give the inputs and the outputs of a transformation, in the order of its numbers.

    `known` are all variables, targets and spectators in their order. Raises FormatError.
    """
    inputs, strays = resolved(selection.child("Input"), "NInputs", known, compat)
    outputs, more = resolved(selection.child("Output"), "NOutputs", known, compat)
    if len(inputs) != len(outputs):
        raise selection.error(
            f"wanted as many outputs as inputs, found {len(outputs)} and {len(inputs)}"
        )
    for one, other in zip(inputs, outputs, strict=True):
        if one.type != other.type:
            raise selection.error(
                f"wanted a {one.type} to stay one, found a {other.type} made of it"
            )
    if labels := [*strays, *more]:
        warnings.warn(
            f"{selection.place}: <{selection.tag}>: several variables go by the name"
            f" {shown(labels[0])}: they are taken one after another, as in training; ROOT's Reader"
            " takes the first for all of them and gives other outputs",
            NetspecWarning,
            stacklevel=2,
        )
    return Selected(inputs, outputs, labels)


def resolved(
    node: Element, count: str, known: Sequence[Entry], compat: str | None
) -> tuple[list[Where], list[str]]:
    """Find what each entry names; entries of a name that several have are taken in their order.

    Gives the labels, too, that ROOT takes for another variable; with `compat` nothing is unlike.
    """
    children = node.counted(node.tag, count)
    entries = [
        Entry(*(c.attribute(name) for name in ("Type", "Label", "Expression"))) for c in children
    ]
    found = []
    for child, entry, position in zip(
        children, entries, positions(entries, known, compat), strict=True
    ):
        if position is None:
            name = f"{' '.join(entry.type.split())[:40]} {shown(entry.label)}"
            raise child.error(f"there is no {name} in the file, or it is named once too often")
        found.append(Where(entry.type, position))
    taken = [where.position for where in found]
    strays = [] if compat else read_otherwise(zip(entries, taken, strict=True), known)
    return found, strays


def positions(
    entries: Iterable[Entry], known: Sequence[Entry], compat: str | None = None
) -> Iterator[int | None]:
    """Give the position, among its own type, that each entry names, or None.

    The best fit counts: both names, else the label, else the expression. With `compat` it is the
    first variable of which either fits, as ROOT has it.
    """
    places = places_of(known)
    seen: dict[Entry, int] = {}
    for entry in entries:
        if compat:
            yield min((places[k][0] for k in keys_of(entry)[1:] if k in places), default=None)
            continue
        best = next((places[k] for k in keys_of(entry) if k in places), [])
        nth = seen[entry] = seen.get(entry, -1) + 1 if len(best) > 1 else 0
        yield best[nth] if nth < len(best) else None


def read_otherwise(named: Iterable[tuple[Entry, int]], known: Sequence[Entry]) -> list[str]:
    """Give the labels that ROOT resolves to another variable than the one at this position.

    ROOT takes the first variable whose label or whose expression fits.
    """
    places = places_of(known)
    return list(
        dict.fromkeys(
            entry.label
            for entry, position in named
            if min(places[key][0] for key in keys_of(entry)[1:] if key in places) != position
        )
    )


def keys_of(entry: Entry) -> tuple[tuple[str, str, str], ...]:
    """Give the names by which an entry is found, best first."""
    type_, label, expression = entry
    return (
        (type_, "both", f"{label}\0{expression}"),
        (type_, "label", label),
        (type_, "expression", expression),
    )


def places_of(known: Sequence[Entry]) -> dict[tuple[str, str, str], list[int]]:
    """Give the positions, among their own type, of all that goes by a name."""
    places: dict[tuple[str, str, str], list[int]] = {}
    counts: dict[str, int] = {}
    for entry in known:
        position = counts[entry.type] = counts.get(entry.type, -1) + 1
        for key in keys_of(entry):
            places.setdefault(key, []).append(position)
    return places


def add(parent: Any, inputs: Sequence[Entry], outputs: Sequence[Entry]) -> None:
    """Write a selection as the last child of `parent`."""
    node = etree.SubElement(parent, "Selection")
    for tag, count, entries in (("Input", "NInputs", inputs), ("Output", "NOutputs", outputs)):
        group = etree.SubElement(node, tag, {count: str(len(entries))})
        for entry in entries:
            named = {"Type": entry.type, "Label": entry.label, "Expression": entry.expression}
            etree.SubElement(group, tag, named)
