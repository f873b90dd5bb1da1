"""TMVA's `VarTransform`: what is done to variables and targets before a network is trained.

    N+G(_V0_,pt)+D_Signal        left to right, between + or ,

    N  Norm  Normalise  Normalize    to -1 ... 1          I  Ident  Identity   nothing: left out
    D  Deco  Decorrelate             to unit covariance   P  PCA               to main components
    U  Uniform                       to a flat density    G  Gauss             to a normal density

In parentheses stands what is chosen: `_V_` all variables, `_V3_` the one of that number, from 0,
`_T_` targets, `_S_` spectators, or a name. Where nothing is chosen it is `_V_`, for N and U
`_V_,_T_`. `_Signal` at the end means the statistics of that class, `_AllClasses` or nothing those
of all. Words are exact, as to TMVA.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from ..errors import nearest
from .tmva_words import Piece

WORDS: Final = {
    **dict.fromkeys(("I", "Ident", "Identity"), "I"),
    **dict.fromkeys(("N", "Norm", "Normalise", "Normalize"), "N"),
    **dict.fromkeys(("D", "Deco", "Decorrelate"), "D"),
    **dict.fromkeys(("P", "PCA"), "P"),
    **dict.fromkeys(("U", "Uniform"), "U"),
    **dict.fromkeys(("G", "Gauss"), "G"),
}
BOTH: Final = ("N", "U")  # take targets, too, where nothing is chosen
KEYWORD: Final = re.compile(r"_([VTS])([0-9]{0,9})_")
ALL: Final = "AllClasses"

Complain = Callable[[Piece, str], None]


class Item(NamedTuple):
    """One transformation: its letter, the entries that are `chosen`, the class it is fitted on.

    `chosen` is empty where nothing was, `of` where it is all classes.
    """

    letter: str
    chosen: tuple[str, ...] = ()
    of: str = ""

    @property
    def entries(self) -> tuple[str, ...]:
        """What it is for: the chosen entries, or those that TMVA takes where there are none."""
        return self.chosen or (("_V_", "_T_") if self.letter in BOTH else ("_V_",))

    def __str__(self) -> str:
        chosen = f"({','.join(self.chosen)})" if self.chosen else ""
        return self.letter + chosen + (f"_{self.of}" if self.of else "")


def items(text: str) -> tuple[Item, ...]:
    """Give the transformations of a text, no identities. Raises ValueError for the first fault.

    >>> [str(item) for item in items("Norm, I + G(pt,_V2_)_Signal")]
    ['N', 'G(pt,_V2_)_Signal']
    """

    def refuse(piece: Piece, message: str) -> None:
        raise ValueError(message)

    return parse(Piece(text.strip(), 0), refuse)


def write(said: Sequence[Item]) -> str:
    """Give the text of transformations, which `items` reads back."""
    return "+".join(map(str, said))


def parse(text: Piece, complain: Complain) -> tuple[Item, ...]:
    """Give the transformations that a piece of text says; what is wrong is told to `complain`."""
    if text.text in ("", "None"):
        return ()
    found = [_item(piece, complain) for piece in _apart(text, complain)]
    return tuple(item for item in found if item is not None and item.letter != "I")


def _apart(text: Piece, complain: Complain) -> Iterator[Piece]:
    """Cut at every + and , that stands in no parentheses."""
    depth, first = 0, 0
    for at, letter in enumerate(f"{text.text}+"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0 or (depth and at == len(text.text)):
            found = "( without )" if depth > 0 else ") without ("
            complain(text, f"wanted every parenthesis closed, found {found} in {text.text[:60]!r}")
            return
        if letter in "+," and not depth:
            part = text.text[first:at]
            yield Piece(part.strip(), text.start + first + len(part) - len(part.lstrip()))
            first = at + 1


def _item(piece: Piece, complain: Complain) -> Item | None:
    head, opened, rest = piece.text.partition("(")
    inside, _, tail = rest.rpartition(")")
    word, _, of = (head.strip() + tail.strip()).partition("_")
    if word not in WORDS:
        complain(piece, f"wanted a transformation, found {word[:60]!r}{nearest(word, WORDS)}")
        return None
    start = piece.start + len(head) + 1
    entries = tuple(part.text for part in Piece(inside, start).split(","))
    if opened and not entries:
        complain(piece, f"wanted something between the parentheses of {word}, found nothing")
    for entry in entries:
        if entry[0] == "_" == entry[-1] and not KEYWORD.fullmatch(entry):
            complain(piece, f"wanted _V_, _V3_, _T_, _S_ or a name, found {entry[:60]!r}")
            return None
    return Item(WORDS[word], entries, "" if of == ALL else of)
