"""Files to models and back: every format reads and writes the same waist, `Model`.

A format is one module or package of this folder with

    NAME          the word a user says: format="xml"
    SUFFIXES      of file names that are written in this format unless another is asked for
    recognises(head, suffix) -> bool        from the first bytes, and the suffix ("" where none is)
    read(source, strict) -> Model
    write(spec, weights, extras) -> pieces of bytes, everything checked before the first

A format whose own program reads some files wrongly has COMPATS, the names of such programs, and
`read` takes `compat`, one of them, to give that program's outputs. A format is found by walking
the folder: a new one is one more file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from ..errors import FormatError, nearest
from ..spec import NetworkSpec
from .files import Source, write_atomically
from .model import CONTRACT, Extras, Golden, Model

__all__ = ["CONTRACT", "Extras", "Golden", "Model", "Source", "known", "read", "write"]

OWN = "xml"  # what is written where nothing says otherwise


class Format(Protocol):
    """What a module of this folder holds to be a format."""

    NAME: str
    SUFFIXES: tuple[str, ...]

    def recognises(self, head: bytes, suffix: str) -> bool:
        """Say whether a file that begins with `head` is of this format."""

    def read(self, source: Source, strict: bool) -> Model:
        """Read a model."""

    def write(
        self, spec: NetworkSpec, weights: Mapping[str, Any] | None, extras: Extras
    ) -> Iterable[bytes]:
        """Give the bytes of a file."""


@cache
def known() -> Mapping[str, Format]:
    """Give every format by name, netspec's own first."""
    found = {}
    for module in iter_modules(__path__):
        candidate = import_module(f"{__name__}.{module.name}")
        if hasattr(candidate, "NAME") and hasattr(candidate, "recognises"):
            found[candidate.NAME] = cast(Format, candidate)
    return dict(sorted(found.items(), key=lambda item: (item[0] != OWN, item[0])))


def read(
    source: Any, format: str | None = None, strict: bool = False, compat: str | None = None
) -> Model:
    """Read a model from a path, a binary file object or bytes, in any format that netspec knows.

    What a file is, its first bytes say, then its suffix, unless `format` does. With `strict`, a
    file that was changed since it was written is refused even where its values were not. With
    `compat`, the model gives the outputs of the program of that name, faults and all: "root", for
    a TMVA file.

    Raises FormatError where the file is not what its format promises, SpecError where a spec file
    says something impossible, UnavailableError where there is nothing to read.
    """
    opened = Source.of(source)
    chosen = _format_of(opened, format)
    if compat is None:
        return chosen.read(opened, strict)
    programs = getattr(chosen, "COMPATS", ())
    if compat not in programs:
        if programs:
            raise FormatError(f"{opened.name}: compat: no {compat!r}{nearest(compat, programs)}")
        others = [name for name, one in known().items() if getattr(one, "COMPATS", ())]
        raise FormatError(
            f"{opened.name}: compat: wanted a file of the format {' or '.join(others)}, found"
            f" {chosen.NAME}: give compat where that file is read, or converted"
        )
    found: Model = cast(Any, chosen).read(opened, strict, compat)
    return found


def _format_of(source: Source, name: str | None) -> Format:
    if name is not None:
        return _by_name(name)
    for suffix in dict.fromkeys(("", source.suffix)):  # content first: it lies less than a name
        for format in known().values():
            if format.recognises(source.head, suffix):
                return format
    raise FormatError(
        f"{source.name}: wanted a file of a format that netspec reads, found another"
        f" (known: {', '.join(known())})"
    )


def _by_name(name: str) -> Format:
    if name not in known():
        raise FormatError(f"there is no format {name!r}{nearest(name, known())}")
    return known()[name]


def write(
    target: Any,
    spec: NetworkSpec,
    weights: Mapping[str, Any] | None,
    extras: Extras | None = None,
    format: str | None = None,
) -> None:
    """Write a model to a path, whole or not at all, or to a binary file object.

    The suffix says the format, unless `format` does; a file object without a name gets netspec's
    own. Everything is checked before the target is touched.

    Raises WeightsError where the weights do not fit the spec, FormatError where the format cannot
    hold the model, OSError where the disk refuses.
    """
    chosen = _by_name(format) if format is not None else _for_target(target)
    write_atomically(target, chosen.write(spec, weights, extras or Extras()))


def _for_target(target: Any) -> Format:
    """Choose a format by the target's suffix."""
    name = getattr(target, "name", None) if hasattr(target, "write") else target
    if not isinstance(name, str | Path):
        return known()[OWN]
    suffix = Path(name).suffix.lower()
    for format in known().values():
        if suffix in format.SUFFIXES:
            return format
    suffixes = ", ".join(dict.fromkeys(s for f in known().values() for s in f.SUFFIXES))
    raise FormatError(
        f"{name}: no format that netspec writes has the suffix {suffix!r} (known: {suffixes}):"
        " say format='xml' or another"
    )
