"""Arrays of awkward as blocks of a table, and their forms as branches."""

from __future__ import annotations

from typing import Any

import numpy

from .branches import Branch
from .packages import package
from .ragged import Ragged


def branch_of(name: str, form: Any) -> Branch:
    """Give what a column of this form holds."""
    if getattr(form, "parameter", lambda _: None)("__array__") in ("string", "bytestring"):
        return Branch(name, "", texts=True, what="texts")
    inner = form
    shape: tuple[int, ...] = ()
    while inner.is_regular:
        shape, inner = (*shape, inner.size), inner.content
    if inner.is_numpy:
        return Branch(name, inner.primitive, (*shape, *inner.inner_shape))
    if inner.is_list and not shape and inner.content.is_numpy and not inner.content.inner_shape:
        return Branch(name, inner.content.primitive, ragged=True)
    return Branch(name, "", what=str(form.type))


def as_block(array: Any, branch: Branch) -> Any:
    """Give the rows of an awkward array: an array (rows, *shape), or `Ragged`."""
    if not branch.ragged:
        return package("awkward").to_numpy(array)
    layout = package("awkward").to_layout(array).to_ListOffsetArray64(True)
    return Ragged(numpy.asarray(layout.offsets), package("awkward").to_numpy(layout.content))
