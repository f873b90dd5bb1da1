"""What a branch of a TTree holds, by uproot's interpretation of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy

from .branches import Branch
from .forms import branches_of
from .libraries import package

NUMBERS: Final = "biuf"  # letters of NumPy's dtypes


def branches_in(name: str, own: Any) -> Iterator[tuple[Branch, tuple[str, ...]]]:
    """Yield what a branch without members holds, each with the way to it in an array of it.

    Several leaves, `u/F:w/F`, and the members of an object that was written whole, are several.
    """
    kinds = package("uproot").interpretation
    held, what = own.interpretation, own.typename
    if isinstance(held, kinds.strings.AsStrings):
        yield Branch(name, "", texts=True, what=what), ()
        return
    ragged = isinstance(held, kinds.jagged.AsJagged)
    numbers = held.content if ragged else held
    objects = isinstance(numbers, kinds.objects.AsStridedObjects)
    if objects or not isinstance(numbers, kinds.numerical.Numerical):
        yield from _objects(name, own)
        return
    dtype = numpy.dtype(numbers.to_dtype)
    for field in dtype.names or ("",):
        leaf = dtype[field] if field else dtype
        is_numbers = leaf.base.kind in NUMBERS and not (ragged and leaf.shape)
        native = leaf.base.newbyteorder("=").name if is_numbers else ""
        whole = f"{name}.{field}" if field else name
        yield Branch(whole, native, leaf.shape, ragged, what=what), (field,) if field else ()


def _objects(name: str, own: Any) -> Iterator[tuple[Branch, tuple[str, ...]]]:
    """Yield the members of objects, where uproot knows how to read them."""
    try:
        form = own.array(entry_stop=0, library="ak").layout.form
    except Exception:  # uproot lets out whatever a class does to it that it does not know
        yield Branch(name, "", what=own.typename), ()
        return
    yield from branches_of(name, form)
