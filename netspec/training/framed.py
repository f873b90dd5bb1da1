"""What a checkpoint keeps of the transformations around a network.

fitted            JSON text: the layers, and the words that asked for them
fitted/NAME       their arrays, by full name
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SpecError
from ..fitting import Fitted
from .archive import BROKEN, array, opened, text

if TYPE_CHECKING:
    from zipfile import ZipFile

    from ..spec import NetworkSpec


def arrays(fitted: Fitted) -> dict[str, Any]:
    """Give the arrays by the names that they have in the archive."""
    return {f"fitted/{name}": each for name, each in fitted.arrays.items()}


def read(archive: ZipFile, where: str, spec: NetworkSpec) -> Fitted | None:
    """Give them, where the spec asks for any.

    Raises DataError, SpecError and those of `BROKEN` where they are not what they should be.
    """
    if spec.training is None or not spec.training.transform:
        return None
    fitted = Fitted.of_text(text(archive, "fitted", where))
    found = {
        name: array(archive, f"fitted/{name}", where, param.shape, param.dtype or spec.dtype)
        for name, param in fitted.table(spec).items()
    }
    return fitted._replace(arrays=found)


def begun_as(path: Any, spec: NetworkSpec) -> NetworkSpec:
    """Give the spec that a training began with, for that of a network it has left its mark on.

    A training that was interrupted leaves a network which has its transformations already. The spec
    of any other network is given back, and so it is where nothing can be read of the file, which
    whoever goes on from it will say.
    """
    try:
        with Path(path).open("rb") as stream, opened(stream) as archive:
            fitted = Fitted.of_text(text(archive, "fitted", str(path)))
    except (OSError, DataError, SpecError, *BROKEN):
        return spec
    return fitted.inside(spec)
