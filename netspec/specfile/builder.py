"""Plain data, built part by part, with the place of every key and value.

A reader of a text format walks its text once and tells the builder what it meets: a mapping or a
list opens, a key, a single value, the container closes. Nothing here calls itself, so that a text
of three thousand brackets costs no more than the sixty-four that are let in.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, NoReturn

from ..errors import Place, Problem, SpecError

MOST = 50  # problems of one file; more would help nobody
LONGEST = 300  # letters of a message, which may quote the file

KEY = "[key]"  # a path that ends in this means the key itself, not what stands behind it
DEEPEST = 64

Path = tuple[str | int, ...]


class Builder:
    """What has been read so far: `whole` is the data, `problems` what was wrong with it."""

    def __init__(self) -> None:
        self.places: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self._whole: list[Any] = []
        self._open: list[dict[str, Any] | list[Any]] = []
        self._path: list[str | int] = []

    @property
    def path(self) -> Path:
        """The path of the value that comes next."""
        inside = self._open[-1] if self._open else None
        return (*self._path, len(inside)) if isinstance(inside, list) else tuple(self._path)

    @property
    def wants_key(self) -> bool:
        """Say whether a mapping is open whose next key has not been met."""
        inside = self._open[-1] if self._open else None
        return isinstance(inside, dict) and len(self._path) < len(self._open)

    def complain(self, message: str, place: Place, *, key: bool = False) -> None:
        """Note a problem of the next value, or of its key, and go on to find the next one."""
        note(self.problems, Problem(self.path, message, place, key))

    def give_up(self, message: str, place: Place) -> NoReturn:
        """Raise at once, with what was noted before."""
        raise SpecError(*self.problems, Problem((), message, place))

    def key(self, word: str, place: Place) -> None:
        """Take a mapping's next key."""
        again = word in self._open[-1]
        self._path.append(word)
        if again:
            first = self.places[(*self.path, KEY)]
            self.complain(f"the key comes twice, first at {first}", place, key=True)
        self._check_text(word, place)
        self.places[(*self.path, KEY)] = place

    def value(self, value: Any, place: Place) -> None:
        """Take a single value: text, a whole number, a number, true, false or nothing."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and not (isfinite(value) if isinstance(value, float) else abs(value) < 2**64):
            wanted = "a finite number" if isinstance(value, float) else "a number below 2^64"
            self.complain(f"wanted {wanted}, found {_short(value)}", place)
        if isinstance(value, str):
            self._check_text(value, place)
        self._put(value, place)
        self._step()

    def open(self, container: dict[str, Any] | list[Any], place: Place) -> None:
        """Begin a mapping or a list."""
        if len(self._open) == DEEPEST:
            self.give_up(
                f"brackets and indents go more than {DEEPEST} deep; a spec needs fewer", place
            )
        self._put(container, place)
        self._open.append(container)

    def close(self) -> None:
        """End the mapping or list that was begun last."""
        self._open.pop()
        self._step()

    @property
    def whole(self) -> Any:
        """The data; where there are problems, not all of it can be trusted."""
        return self._whole[0] if self._whole else None

    def _check_text(self, text: str, place: Place) -> None:
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            self.complain("wanted Unicode text, found half of a surrogate pair", place)

    def _put(self, value: Any, place: Place) -> None:
        inside = self._open[-1] if self._open else self._whole
        if isinstance(inside, dict):
            inside[str(self._path[-1])] = value
        else:
            if self._open:
                self._path.append(len(inside))
            inside.append(value)
        self.places[tuple(self._path)] = place

    def _step(self) -> None:
        """Leave the path of the value that is now complete."""
        if self._open:
            self._path.pop()


def note(problems: list[Problem], problem: Problem) -> None:
    """Add a problem to those of the same file. Raises them all where they are too many."""
    if len(problems) == MOST:
        raise SpecError(*problems, Problem((), "and more", problem.place))
    if len(problem.message) > LONGEST:
        problem = problem._replace(message=f"{problem.message[:LONGEST]}...")
    problems.append(problem)


def _short(value: float) -> str:
    return str(value) if isinstance(value, float) else f"one of {value.bit_length()} bits"
