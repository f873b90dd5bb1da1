"""Files that a command is going to write, looked at before hours of work, not after them."""

from __future__ import annotations

import os
import warnings
from io import BytesIO
from pathlib import Path

from ..errors import DataError, FormatError, LossWarning, WeightsError
from ..formats import write
from ..formats.files import checked
from ..network import Network


def ready(*targets: Path) -> None:
    """Refuse what cannot be written, and two files of one name: the second would replace the first.

    Raises OSError and DataError.
    """
    seen: set[str] = set()
    for target in targets:
        checked(target)
        place = os.path.realpath(target)
        if place in seen:
            raise DataError(
                f"{target}: wanted a name of its own, found that of another file that is written"
            )
        seen.add(place)


def holds(target: Path, network: Network, format: str | None) -> None:
    """Refuse a format that cannot hold the network, or holds no weights. Raises FormatError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        network.save(_Nowhere(target), format=format)
        try:
            write(_Nowhere(target), network.spec, None, format=format)
        except WeightsError:
            return
    raise FormatError(f"{target}: wanted a file that holds weights, found a spec's: say model.xml")


class _Nowhere(BytesIO):
    """A file that has a name, and keeps nothing."""

    def __init__(self, name: Path) -> None:
        super().__init__()
        self.name = str(name)

    def write(self, data: object) -> int:
        return len(data)  # type: ignore[arg-type]  # bytes, or a view of them
