"""Which variables and targets a transformation is for: from `_V3_` and names to positions.

Positions count along the last axis of an event, or along all numbers of one that has more axes
than steps and features; those of targets along the numbers of the last layer. They ascend, in
whatever order they were chosen, as TMVA has it. Spectators reach no network and count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SpecError, nearest
from ..specfile.tmva_transform import KEYWORD, Item, items

if TYPE_CHECKING:
    from ..signature import Input, Output, Variable

TMVA_CLASSES = ("Signal", "Background", "Regression")  # where nobody named any
WORDS = {"V": "variable", "T": "target"}


class Chosen(NamedTuple):
    """Positions of variables and of targets."""

    variables: tuple[int, ...]
    targets: tuple[int, ...]


class Signature:
    """How many variables and targets there are, and what each is called.

    `width` counts the numbers of the last layer.
    """

    def __init__(self, given: Input, output: Output, width: int) -> None:
        sizes = given.sizes
        whole = len(sizes) > 2
        self.counts = {"V": prod(s or 0 for s in sizes) if whole else sizes[-1] or 0, "T": width}
        self.names = {
            "V": () if whole else _names(given.variables),
            "T": _names(output.targets),
            "S": _names(given.spectators),
        }
        self.classes = output.classes or TMVA_CLASSES
        self._may_be_named = len(sizes) == 1 and not given.variables  # by the columns of a table

    def chosen(self, item: Item) -> Chosen:
        """Give the positions that a transformation is for. Raises SpecError for one that is none.

        A name that nothing has is passed over where the data may still bring names.
        """
        found: dict[str, set[int]] = {"V": set(), "T": set(), "S": set()}
        for entry in item.entries:
            for kind, positions in self._of(item, entry):
                found[kind].update(positions)
        if found["T"] and item.letter == "D":
            raise SpecError(f"{item}: wanted variables, since D has no way back, found targets")
        if found["T"] and found["V"] and item.letter == "P":
            raise SpecError(f"{item}: wanted variables or targets, found both: say P(_V_)+P(_T_)")
        if item.of and item.of not in self.classes:
            raise SpecError(
                f"{item}: wanted a class, found {item.of!r}{nearest(item.of, self.classes)}"
            )
        return Chosen(tuple(sorted(found["V"])), tuple(sorted(found["T"])))

    def word(self, kind: str, position: int) -> str:
        """Give what a variable ("V") or a target ("T") is called in an error."""
        names = self.names[kind]
        return repr(names[position]) if names else f"{WORDS[kind]} {position}"

    def _of(self, item: Item, entry: str) -> Iterator[tuple[str, Sequence[int]]]:
        if word := KEYWORD.fullmatch(entry):
            kind, number = word[1], word[2]
            count = self.counts.get(kind, len(self.names["S"]))
            if number and int(number) >= count:
                raise SpecError(
                    f"{item}: wanted a number below {count}, of those that there are, found {entry}"
                )
            yield kind, (int(number),) if number else range(count)
            return
        hit = False
        for kind, names in self.names.items():
            if entry in names:
                hit = True
                yield kind, [k for k, name in enumerate(names) if name == entry]
        if not hit and not self._may_be_named:
            known = [name for names in self.names.values() for name in names]
            hint = nearest(entry, known) if known else ": there are no names here, say _V3_"
            raise SpecError(f"{item}: wanted a variable or a target, found {entry!r}{hint}")


def check(text: str, given: Input, output: Output, width: int) -> None:
    """Raise SpecError where a text chooses what is not there."""
    signature = Signature(given, output, width)
    for item in items(text):
        signature.chosen(item)


def _names(variables: Sequence[Variable]) -> tuple[str, ...]:
    """Give the names of columns; those of an array share its name."""
    return tuple(variable.name for variable in variables for _ in range(variable.size))
