"""What the user names on the command line: a model file, a spec file, or an option string."""

from __future__ import annotations

from collections.abc import Sequence

from ..formats import Model, read
from ..spec import NetworkSpec


def opened(source: str, overrides: Sequence[str] = (), format: str | None = None) -> Model:
    """Read a model in any format, or a spec alone (its weights are None).

    `overrides` change a spec before it is checked; a model file has weights that would no longer
    fit, and refuses them as text that it does not know.
    """
    if overrides:
        return Model(NetworkSpec.from_file(source, overrides, format), None)
    return read(source, format=format)
