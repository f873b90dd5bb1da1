"""Which layers are one transformation of a file, and the text of VarTransform that books them.

A layer on every step of a sequence transforms each number of each step, so that it is one
transformation of all of them where numbers stand by themselves, and else one for each step. What
is done to variables and what is undone of targets is one transformation where VarTransform says
so: `N` means both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ....specfile import tmva_transform
from ....specfile.tmva_transform import BOTH, KEYWORD, Item
from ..plan import Change, Plan
from ..selections import Entry
from .kinds import OF_LAYER, letter_of

Named = list[tuple[Entry, int]]  # each with its position among its own type


class Part(NamedTuple):
    """What a transformation does to variables, or undoes of targets.

    `step` is the step of a sequence that it is for, None for all.
    """

    change: Change
    step: int | None = None

    @property
    def layer(self) -> Any:
        """The layer that does it."""
        return self.change.layer

    @property
    def inverse(self) -> bool:
        """Whether it is one of targets."""
        return bool(getattr(self.layer, "inverse", False))

    @property
    def steps(self) -> range:
        """The steps that it is for."""
        return range(self.change.steps) if self.step is None else range(self.step, self.step + 1)


def rows_of(laid: Plan, booked: str, known: Sequence[Entry]) -> list[list[Part]]:
    """Give the parts of each transformation, in the order of a file.

    `booked` is the text of VarTransform, where there is one already; a text that books others is
    passed over. `known` are all variables and targets.
    """
    variables, targets = (parts_of(changes) for changes in (laid.before, laid.after))
    try:
        items = tmva_transform.items(booked)
    except ValueError:
        items = ()
    if rows := as_booked(items, variables, targets, known):
        return rows
    for part in variables:
        both = targets and is_one(part, targets[0], known)
        rows.append([part, targets.pop(0)] if both else [part])
    return rows + [[part] for part in targets]


def is_one(variables: Part, targets: Part, known: Sequence[Entry]) -> bool:
    """Say whether one word books both: that of all variables and all targets."""
    letters = {letter_of(part.layer) for part in (variables, targets)}
    whole = [covered([part], known) for part in (variables, targets)]
    every = [all_of(type_, known) for type_ in ("Variable", "Target")]
    return len(letters) == 1 and letters <= set(BOTH) and whole == every


def parts_of(changes: Iterable[Change]) -> list[Part]:
    """Cut the changes into what one transformation can do."""
    parts = []
    for change in changes:
        apart = OF_LAYER[change.layer.type].apart or change.steps == 1
        parts += [Part(change)] if apart else [Part(change, t) for t in range(change.steps)]
    return parts


def as_booked(
    items: Sequence[Item], variables: list[Part], targets: list[Part], known: Sequence[Entry]
) -> list[list[Part]]:
    """Give the rows that were booked, [] where what was booked is something else."""
    left = {"Variable": list(variables), "Target": list(targets)}
    rows: list[list[Part]] = []
    for item in items:
        rows += unbooked(left["Variable"])
        row = [
            left[type_].pop(0)
            for type_ in takes(item, known)
            if left[type_] and letter_of(left[type_][0].layer) == item.letter
        ]
        if not row or (len(row) > 1 and not OF_LAYER[row[0].layer.type].apart):
            return []
        rows.append(row)
    rows += unbooked(left["Variable"])
    return [] if left["Variable"] or left["Target"] else rows


def unbooked(left: list[Part]) -> list[list[Part]]:
    """Take away the parts in front that no letter books, and give a row of each."""
    rows = []
    while left and not letter_of(left[0].layer):
        rows.append([left.pop(0)])
    return rows


def takes(item: Item, known: Sequence[Entry]) -> list[str]:
    """Say of which an item can be: of variables, of targets."""
    found = set()
    for chosen in item.entries:
        if word := KEYWORD.fullmatch(chosen):
            found.add({"V": "Variable", "T": "Target"}.get(word[1], ""))
        else:
            found |= {entry.type for entry in known if chosen in (entry.label, entry.expression)}
    return [type_ for type_ in ("Variable", "Target") if type_ in found]


def entries_of(part: Part, known: Sequence[Entry]) -> tuple[Named, Named]:
    """Give what a transformation reads and writes, step after step."""
    layer = part.layer
    type_ = "Target" if part.inverse else "Variable"
    own = [(entry, k) for k, entry in enumerate(e for e in known if e.type == type_)]
    width = len(own) // part.change.steps
    read_from = layer.inputs or tuple(range(width))
    written_to = layer.outputs or read_from
    if part.inverse:
        read_from, written_to = written_to, read_from
    return (
        [own[t * width + k] for t in part.steps for k in read_from],
        [own[t * width + k] for t in part.steps for k in written_to],
    )


def all_of(type_: str, known: Sequence[Entry]) -> set[int]:
    """Give the positions of all of a type."""
    return set(range(sum(entry.type == type_ for entry in known)))


def covered(parts: Iterable[Part], known: Sequence[Entry]) -> set[int]:
    """Give the positions that are read."""
    return {position for part in parts for _, position in entries_of(part, known)[0]}


def text_of(rows: Sequence[Sequence[Part]], known: Sequence[Entry]) -> str:
    """Give the text of VarTransform for transformations; those without a letter are left out."""
    return tmva_transform.write([item for row in rows if (item := item_of(row, known))]) or "None"


def item_of(row: Sequence[Part], known: Sequence[Entry]) -> Item | None:
    """Give what books one transformation, None where nothing does."""
    if not (letter := letter_of(row[0].layer)):
        return None
    chosen: list[str] = []
    for type_, word in (("Variable", "V"), ("Target", "T")):
        parts = [part for part in row if part.inverse == (type_ == "Target")]
        positions, whole = covered(parts, known), all_of(type_, known)
        if positions and positions == whole:
            chosen.append(f"_{word}_")
        else:
            chosen += [f"_{word}{k}_" for k in sorted(positions)]
    usual = ["_V_"] + ["_T_"] * (letter in BOTH and bool(all_of("Target", known)))
    return Item(letter, () if chosen == usual else tuple(chosen))
