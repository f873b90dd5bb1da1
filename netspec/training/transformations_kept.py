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
    """Give what was fitted; `spec` is that of the network proper.

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
    """Give the spec that an interrupted training began with, from what is kept at `path`.

    Such a training leaves a network whose spec has the fitted transformations as layers already:
    they are taken off again. Any other spec is given back as it is, also where the file cannot be
    read, since going on from it will say so.
    """
    try:
        with Path(path).open("rb") as stream, opened(stream) as archive:
            fitted = Fitted.of_text(text(archive, "fitted", str(path)))
    except (OSError, DataError, SpecError, *BROKEN):
        return spec
    return fitted.inside(spec)
