"""Rearrange: numbers are copied from one place to another; there is nothing but a selection.

    <Transform Name="Rearrange"> <Selection> ... </Selection> </Transform>

No letter of VarTransform books it, and ROOT refuses it for targets.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..elements import Element
from ..selections import Entry, Selected
from .kind import Kind, Row, Words, others


class Rearrange(Kind):
    """Every number to another place."""

    name, title, type = "Rearrange", "a rearranging", "rearrange"
    undone = False

    def selected(self, node: Element, known: Sequence[Entry], compat: str | None) -> Selected:
        node.child("Selection")  # without one nothing is said
        return super().selected(node, known, compat)

    def entries(self, node: Element, count: int) -> list[list[Row]]:
        for child in others(node):
            raise child.error("wanted a <Selection> and nothing more")
        return []

    def cut(self, words: Words, count: int) -> list[Words] | None:
        return None
