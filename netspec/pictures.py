"""Pictures that matplotlib draws, written whole or not at all; their kind is told by the suffix.

The kind is asked for before anything is computed: who trains for hours finds out first that
matplotlib is missing.
"""

from __future__ import annotations

from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from .errors import DataError, UnavailableError, nearest
from .formats.files import write_atomically


def kind(path: str | PathLike[str]) -> str:
    """Give the kind of picture: "png".

    Raises UnavailableError without matplotlib, DataError where it draws no such kind.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UnavailableError(
            "a plot wants matplotlib, which is not installed: pip install 'netspec[plots]'"
        ) from None
    kinds = Figure().canvas.get_supported_filetypes()
    found = Path(path).suffix.lower().removeprefix(".")
    if found not in kinds:
        raise DataError(
            f"{fspath(path)}: no picture is of the kind {found!r}{nearest(found, kinds)}"
        )
    return found


def write(figure: Any, path: str | PathLike[str]) -> None:
    """Write a matplotlib figure. Raises as `kind` does, OSError where the disk refuses."""
    held = BytesIO()
    figure.savefig(held, format=kind(path))
    write_atomically(path, [held.getvalue()])
