"""The files that travel with the package: schemas for editors and validators, and examples.

In a checkout they lie beside the package, in `schemas/` and `examples/`, where people look for
them; in an installed wheel they lie inside it. Whoever asks here need not know which it is.
"""

from __future__ import annotations

from pathlib import Path

from .errors import UnavailableError, nearest

PACKAGE = Path(__file__).parent


def schema(name: str) -> Path:
    """Give the path of a schema, such as `network.schema.json` or `model.xsd`.

    Raises UnavailableError, which names the nearest schema there is.
    """
    return _find("schemas", name)


def example(name: str) -> Path:
    """Give the path of an example, such as `jets.yaml` or `time_series` (a folder).

    Raises UnavailableError, which names the nearest example there is.
    """
    return _find("examples", name)


def names(folder: str) -> list[str]:
    """Give the names of all that travels in `schemas` or `examples`, folders before their files."""
    home = _home(folder)
    found = (path.relative_to(home) for path in home.rglob("*"))
    return sorted(path.as_posix() for path in found if "__pycache__" not in path.parts)


def _find(folder: str, name: str) -> Path:
    known = names(folder)
    if name not in known:
        raise UnavailableError(
            f"{folder}: there is no {name!r} in this installation{nearest(name, known)}"
        )
    return _home(folder) / name


def _home(folder: str) -> Path:
    # The wheel's own folder first: beside an installed package lies site-packages,
    # where a folder called `examples` would be a stranger's.
    inside = PACKAGE / folder
    return inside if inside.is_dir() else PACKAGE.parent / folder
