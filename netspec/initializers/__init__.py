"""How weights start: one file each, found by walking this folder.

A new one is one more file: a subclass of `Initializer` with its `type`, its options, and `draw`,
which returns float64 numbers made of a stream's by + - * / and square roots alone; they are rounded
once to the network's dtype. In a spec an initializer is a word, a record with its options, or a
number, which fills the array:

    initializers: {U: orthogonal, b: {type: constant, value: 0, blocks: {f: 1}}}

stands in a layer, for its own arrays, or at the top, for those of all layers that say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, Any

import numpy
from pydantic import AfterValidator, BeforeValidator

from ..errors import SpecError, nearest
from ..options import Table, any_of
from .base import Blocks, Initializer, as_record

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnyInitializer = Initializer
else:
    AnyInitializer = any_of(Initializer.kinds)

for _kind in Initializer.kinds.values():
    _kind.model_rebuild(_types_namespace={"AnyInitializer": AnyInitializer, "Blocks": Blocks})

Start = Annotated[AnyInitializer, BeforeValidator(as_record)]
Starts = Annotated[dict[str, Start], AfterValidator(Table)]

__all__ = ["Initializer", "Starts", "draw", "known", "named"]


def known() -> list[str]:
    """The names of all initializers."""
    return sorted(Initializer.kinds)


def named(initializer: str | float | Initializer) -> Initializer:
    """Give the record of a word or of a number.

    Raises SpecError when no initializer has that name, or it is nothing without options.
    """
    if isinstance(initializer, Initializer):
        return initializer
    if not isinstance(initializer, str):
        return Initializer.kinds["constant"](value=initializer)  # type: ignore[no-any-return]
    if initializer not in known():
        raise SpecError(f"there is no initializer {initializer!r}{nearest(initializer, known())}")
    kind: Any = Initializer.kinds[initializer]
    if wanted := [k for k, option in kind.model_fields.items() if option.is_required()]:
        raise SpecError(f"the initializer {initializer!r} wants `{wanted[0]}`, found nothing")
    record: Initializer = kind()
    return record


def draw(
    initializer: str | float | Initializer,
    stream: Any,
    shape: Sequence[int],
    dtype: str,
    blocks: Sequence[str] = (),
) -> Any:
    """Return the first values of one array, whose first axis is made of `blocks`.

    A block that starts apart has a stream of its own, so that the others keep their numbers.
    Raises SpecError when the array cannot start so, or the dtype cannot hold the numbers.
    """
    record = named(initializer)
    record.check(shape, blocks)
    values = record.draw(stream, shape)
    for name, own in record.blocks.items():
        values[blocks.index(name)] = draw(own, stream.of(name), shape[1:], "float64")
    largest = float(numpy.finfo(dtype).max)
    if values.size and not max(values.max(), -values.min()) <= largest:
        found = values[~(numpy.abs(values) <= largest)][0]
        raise SpecError(f"wanted a number that {dtype} can hold, found {found}")
    return values.astype(dtype)
