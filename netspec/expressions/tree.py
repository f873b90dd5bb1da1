"""The records that an expression becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Number(NamedTuple):
    """A number that stands in the text."""

    value: float


class Name(NamedTuple):
    """What the events hold: the name without blanks, its indices among it."""

    text: str


class Unary(NamedTuple):
    """An operator and what stands behind it: + - !."""

    operator: str
    operand: Tree


class Binary(NamedTuple):
    """An operator and what stands on its two sides."""

    operator: str
    left: Tree
    right: Tree


class Choice(NamedTuple):
    """`condition ? yes : no`."""

    condition: Tree
    yes: Tree
    no: Tree


class Call(NamedTuple):
    """A function, by its name in the table, and its arguments."""

    function: str
    arguments: tuple[Tree, ...]


Tree = Number | Name | Unary | Binary | Choice | Call


def names(tree: Tree) -> tuple[str, ...]:
    """Give the names that the tree is computed from, each once, in the order of the text.

    >>> names(Binary("+", Name("x"), Binary("*", Name("y[1]"), Name("x"))))
    ('x', 'y[1]')
    """
    return tuple(dict.fromkeys(_names(tree)))


def _names(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Name):
        yield tree.text
    elif isinstance(tree, Call):
        for argument in tree.arguments:
            yield from _names(argument)
    elif not isinstance(tree, Number):
        for part in tree:
            if not isinstance(part, str):
                yield from _names(part)


def depth(tree: Tree) -> int:
    """Give how far it is from the root to the furthest leaf, without recursion."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(one, Call):
            waiting += [(argument, depth + 1) for argument in one.arguments]
        elif not isinstance(one, Number | Name):
            waiting += [(part, depth + 1) for part in one if not isinstance(part, str)]
    return deepest
