"""A spec file after reading: plain data, and where in the file each part of it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..errors import Place, Problem, SpecError
from .builder import KEY, Path


class Document(NamedTuple):
    """What a spec file holds, as dictionaries, lists, text, numbers, true, false and nothing."""

    data: Any
    places: Mapping[Path, Place]
    name: str = ""
    problems: tuple[Problem, ...] = ()  # what is wrong with it, whatever it means

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

    def with_problems(self, problems: Iterable[Problem]) -> Document:
        """Give the same document with more problems noted."""
        return self._replace(problems=(*self.problems, *problems))

    def refuse(self, others: Iterable[Problem] = ()) -> None:
        """Raise SpecError if there are problems, here or among `others`, in the file's order.

        Others that concern a value which is known to be wrong are left out.
        """
        bad = {problem.path for problem in self.problems if not problem.key}
        new = [p for p in others if not any(p.path[:n] in bad for n in range(len(p.path) + 1))]
        if self.problems or new:
            found = [*self.problems, *new]
            raise SpecError(*sorted(found, key=lambda problem: problem.place or Place("")))
