"""What a checkpoint keeps of the transformations around a network.

fitted            JSON text: the layers, and the words that asked for them
fitted/NAME       their arrays, by full name
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SpecError
from ..fitting import NOTHING, Fitted
from .archive import BROKEN, array, opened, text

if TYPE_CHECKING:
    from zipfile import ZipFile

    from ..spec import NetworkSpec


def texts(fitted: Fitted) -> dict[str, str]:
    """Give the texts by the names that they have in the archive: none where there is nothing."""
    there = fitted.text or fitted.before or fitted.after
    return {"fitted": fitted.to_text()} if there else {}


def arrays(fitted: Fitted) -> dict[str, Any]:
    """Give the arrays by the names that they have in the archive."""
    return {f"fitted/{name}": each for name, each in fitted.arrays.items()}


def read(archive: ZipFile, where: str, spec: NetworkSpec) -> Fitted:
    """Give them, for the spec of the network between.

    Raises DataError, SpecError and those of `BROKEN` where they are not what they should be.
    """
    asked = spec.training.transform if spec.training else ""
    if "fitted.npy" not in archive.namelist() and not asked:
        return NOTHING
    fitted = Fitted.of_text(text(archive, "fitted", where))
    if fitted.text != asked:
        raise ValueError("transformations that the spec does not ask for")
    table = fitted.table(spec)
    if {f"fitted/{name}.npy" for name in table} != _members(archive):
        raise ValueError("arrays of other transformations")
    found = {
        name: array(archive, f"fitted/{name}", where, param.shape, param.dtype or spec.dtype)
        for name, param in table.items()
    }
    return fitted._replace(arrays=found)


def _members(archive: ZipFile) -> set[str]:
    return {name for name in archive.namelist() if name.startswith("fitted/")}


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
