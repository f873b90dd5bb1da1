"""Arrays of awkward as blocks of a table, and their forms as branches.

The members of a record are branches of their own, `lv.fP.fX`, and so are those of the records of
an array of any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from .branches import Branch
from .libraries import package
from .ragged import Ragged


def branches_of(name: str, form: Any) -> Iterator[tuple[Branch, tuple[str, ...]]]:
    """Yield what a column of this form holds: branches, each with the way to it."""
    records = form.content if form.is_list and not form.is_regular else form
    if not records.is_record:
        yield _branch(name, form), ()
        return
    for field in records.fields:
        member = records.content(field)
        if records is not form:
            member = form.copy(content=member)
        # A name that ends in a point stands before its members as it is.
        for branch, way in branches_of(f"{name.removesuffix('.')}.{field}", member):
            yield branch, (field, *way)


def _branch(name: str, form: Any) -> Branch:
    if form.parameter("__array__") in ("string", "bytestring"):
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
