"""Where a spec's text comes from: a path, an open file, bytes, or a TMVA option string itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import Place, Problem, SpecError, UnavailableError

LARGEST = 2**20  # bytes: twenty thousand layers; YAML can take half a minute for that much
SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml", ".tmva": "tmva"}

Source = str | os.PathLike[str] | bytes | IO[bytes] | IO[str]


class Text(NamedTuple):
    """The whole text of a spec, what to call it in errors, and its format."""

    text: str
    name: str
    format: str


def fetch(source: Source, format: str | None = None, name: str | None = None) -> Text:
    """Read the whole of `source`; its format is `format` or what its suffix says, else YAML."""
    if format is not None and format not in SUFFIXES.values():
        known = ", ".join(sorted(set(SUFFIXES.values())))
        raise SpecError(f"no spec format is called {format!r} (known: {known})")
    if isinstance(source, str) and is_option_string(source, format):
        return Text(source, name or "TMVA options", "tmva")
    if isinstance(source, str) and "\n" in source and not _exists(source):
        raise SpecError("wanted the name of a spec file, found text: give it as bytes, b'...'")
    if isinstance(source, str | os.PathLike):
        name = name or os.fspath(source)
        content: bytes | str = content_of(Path(source), LARGEST + 1)
    elif isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
    elif hasattr(source, "read"):
        given = getattr(source, "name", None)
        name = name or (given if isinstance(given, str) else None)
        content = _read(source, name or "<spec>")
    else:
        found = type(source).__name__
        hint = ": NetworkSpec.from_data takes it" if isinstance(source, Mapping) else ""
        raise SpecError(f"wanted a path, bytes, or an open file, found {found}{hint}")
    called = name or "<spec>"
    text = _decoded(content, called)
    if format is None and text.lstrip().startswith("<"):
        message = "wanted a spec, found XML: netspec.read and netspec.load read model files"
        raise SpecError(Problem((), message, Place(called)))
    return Text(text, called, format or _format(called, text))


def is_option_string(source: str, format: str | None = None) -> bool:
    """Tell `Layout=DENSE|1|LINEAR` from the name of a file."""
    if format not in (None, "tmva"):
        return False
    says_so = "layout=" in source.lower() or (format == "tmva" and "=" in source)
    return says_so and not _exists(source)


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long for the name of a file, or with a zero byte in it
        return False


def _read(file: IO[bytes] | IO[str], name: str) -> bytes | str:
    try:
        return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # a closed file, text that is no text, a broken disk
        raise UnavailableError(f"{name}: cannot be read: {error}") from None


def content_of(path: Path, most: int = -1) -> bytes:
    """Read a file, `most` bytes of it. Raises UnavailableError, which says why it cannot be."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise UnavailableError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise UnavailableError(f"{path}: wanted a file, found a folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnavailableError(f"{path}: cannot be read: {reason}") from None


def _decoded(content: bytes | str, name: str) -> str:
    if len(content) > LARGEST:
        largest = LARGEST // 2**20
        raise SpecError(Problem((), f"a spec file holds at most {largest} MiB", Place(name)))
    if isinstance(content, bytes):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - content.rfind(b"\n", 0, error.start)
            place = Place(name, line, column)
            found = f"wanted UTF-8 text, found the byte 0x{content[error.start]:02x}"
            if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
                found = "wanted UTF-8 text, found UTF-16: save the file as UTF-8"
            raise SpecError(Problem((), found, place)) from None
    else:
        text = content.removeprefix("\ufeff")
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        place = Place(name, line, at - text.rfind("\n", 0, at))
        raise SpecError(Problem((), "wanted text, found a zero byte", place))
    if not text.strip():
        raise SpecError(Problem((), "wanted a spec, found an empty file", Place(name)))
    return text


def _format(name: str, text: str) -> str:
    by_suffix = SUFFIXES.get(Path(name).suffix.lower())
    if by_suffix:
        return by_suffix
    first = text.lstrip()
    return "json" if first.startswith("{") and '"' in first[:20] else "yaml"
