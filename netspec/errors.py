"""What can go wrong, from the spec file to the model file.

* NetspecError
  - SpecError          the spec says something impossible
  - WeightsError       the weights do not fit the spec
  - DataError          an array or a data file given to a network is of the wrong kind
  - FormatError        a file is not what its format promises
  - TrainingError      a training cannot go on
  - UnavailableError   an optional package, a device or a file is missing
* NetspecWarning
  - ChangedFileWarning the bytes of a file changed since it was written, its values did not
  - LossWarning        a file format cannot say all that the model holds

A message is one sentence: where, what was wanted, what was found, the nearest remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

MOST_WORDS = 40  # of those that are known, in one sentence
LONGEST_WORD = 60  # characters of each


class Place(NamedTuple):
    """A spot in a file; `line` and `column` count from 1, and are 0 where a file has none."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Give `jets.yaml:4:12`, as editors and compilers write it."""
        return ":".join(str(part) for part in self if part)


class Problem(NamedTuple):
    """One thing that is wrong with a spec: its path (`("layers", 2, "units")`) and one sentence.

    `key` says that the key at the end of the path is to blame, and not the value behind it.
    """

    path: tuple[str | int, ...]
    message: str
    place: Place | None = None
    key: bool = False

    def __str__(self) -> str:
        """Give `jets.yaml:4:12: layers.2.units: wanted ..., found ...`."""
        dotted = ".".join(map(str, self.path))
        dotted = dotted if len(dotted) <= 300 else f"{dotted[:300]}..."
        return spelt(": ".join(str(part) for part in (self.place, dotted, self.message) if part))


class NetspecError(Exception):
    """Any error that netspec itself raises."""


class SpecError(NetspecError):
    """The spec says something impossible; `problems` holds every one of them."""

    def __init__(self, *problems: Problem | str, path: tuple[str | int, ...] = ()) -> None:
        self.problems = tuple(
            problem if isinstance(problem, Problem) else Problem(path, problem)
            for problem in problems
        )
        super().__init__("\n".join(map(str, self.problems)))

    def below(self, *path: str | int) -> SpecError:
        """Give the same error seen from further out: `path` goes before every problem's own."""
        return SpecError(*(problem._replace(path=path + problem.path) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SpecError], tuple[Problem, ...]]:
        """Let the error cross a process boundary with its problems."""
        return type(self), self.problems


class WeightsError(NetspecError):
    """The weights do not fit the spec."""


class DataError(NetspecError):
    """An array or a data file given to a network is of the wrong kind."""


class FormatError(NetspecError):
    """A file is not what its format promises."""


class TrainingError(NetspecError):
    """A training cannot go on."""


class UnavailableError(NetspecError):
    """An optional package, a device or a file is missing."""


class NetspecWarning(UserWarning):
    """Any warning that netspec itself gives."""


class ChangedFileWarning(NetspecWarning):
    """The bytes of a file changed since it was written, its values did not."""


class LossWarning(NetspecWarning):
    """A file format cannot say all that the model holds."""


def spelt(text: str) -> str:
    r"""Spell what a terminal would obey, or take for another line: a key may come from any file.

    >>> print(spelt("layers.0.units\x1b[31m\n"))
    layers.0.units\x1b[31m\n
    """
    return text if text.isprintable() else "".join(map(_spelt, text))


def first_line(error: BaseException) -> str:
    r"""Give the first line of what others' errors say, and of what kind one is that says little.

    >>> first_line(RuntimeError("no memory\nat all")), first_line(KeyError("shape"))
    ('no memory', "KeyError 'shape'")
    """
    kind, lines = type(error).__name__, str(error).strip().splitlines()
    if not lines:
        return kind
    return spelt(f"{kind} {lines[0]}" if isinstance(error, LookupError) else lines[0])


def _spelt(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def nearest(word: object, known: Iterable[str]) -> str:
    """Give `, did you mean 'lstm'?` or, where nothing is near, the words that are known.

    >>> nearest("ltsm", ["lstm", "gru"])
    ", did you mean 'lstm'?"
    >>> nearest("x", ["lstm", "gru"])
    ' (known: gru, lstm)'
    """
    words = sorted(known)
    lower = {w.lower(): w for w in words}
    near = get_close_matches(str(word).lower(), lower, 1)
    if near:
        return f", did you mean {lower[near[0]]!r}?"
    more = [f"and {len(words) - MOST_WORDS} more"] if len(words) > MOST_WORDS else []
    shown = [w if len(w) <= LONGEST_WORD else f"{w[:LONGEST_WORD]}..." for w in words[:MOST_WORDS]]
    return f" (known: {', '.join(shown + more)})" if words else ""
