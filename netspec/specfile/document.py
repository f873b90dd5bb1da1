"""A spec file after reading: plain data, and where in the file each part of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import Place
from .builder import KEY, Path


class Document(NamedTuple):
    """What a spec file holds, as dictionaries, lists, text, numbers, true, false and nothing."""

    data: Any
    places: Mapping[Path, Place]
    name: str = ""

    def place(self, path: Path) -> Place | None:
        """Give the place of the value at `path`, or of the nearest thing around it that has one.

        A path that ends in `[key]` asks for the key itself: `("layers", 0, "unitz", "[key]")`.
        """
        for length in range(len(path), -1, -1):
            place = self.places.get(tuple(path[:length]))
            if place is not None:
                return place
        return Place(self.name) if self.name else None

    def moved(self, old: Path, new: Path) -> dict[Path, Place]:
        """Give the places below `old` as they are when its value stands at `new` as well."""
        size = len(old)
        return {
            new + path[size:]: place
            for path, place in self.places.items()
            if path[:size] == old and path[size:] != (KEY,)
        }
