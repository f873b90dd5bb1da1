"""The checks of the door for arrays that lie on a GPU, where they stay.

Kinds, dtypes and shapes are known without a look at the numbers. Where the numbers themselves are
looked at, of `ids` and of `lengths`, the GPU says only whether all are right, and is waited for;
nothing else here waits. What is wrong is then looked for in memory, and told as always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import door
from ..errors import DataError

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..spec import NetworkSpec


def numbers(b: Backend, spec: NetworkSpec, array: Array, what: str, copy: bool = False) -> Array:
    """Real numbers of any kind in the spec's dtype; complex numbers are refused."""
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what}: wanted real numbers, found an array of {array.dtype}")
    return b.packed(array, spec.dtype, copy)


def events(b: Backend, spec: NetworkSpec, array: Array, copy: bool = False) -> Array:
    """The input x (batch, *spec.input.sizes)."""
    x = numbers(b, spec, array, "x", copy)
    door.fits(spec, x.shape)
    return x


def ids(b: Backend, spec: NetworkSpec, x: Array, lengths: Array | None) -> None:
    """Check the ids x (batch, ...) of a network that looks them up, on valid steps only."""
    count = spec.layers[0].id_count
    if count is None:
        return
    seen = x
    if lengths is not None:
        valid = b.mask(lengths, x.shape[1])
        seen = b.where(valid.reshape(*valid.shape, *[1] * (x.ndim - 2)), x, 0.0)
    whole = seen.astype("int64").astype(spec.dtype)
    if not b.all((seen >= 0) & (seen < count) & (seen == whole)):
        door.ids(spec, b.numpy(x), None if lengths is None else b.numpy(lengths))


def lengths(b: Backend, array: Array, x: Array) -> Array:
    """The numbers of valid steps (batch,) of the sequences x (batch, steps, features)."""
    door.counts(array, x)
    # A copy is checked, and used: another stream may write to the caller's own array.
    valid = b.packed(array, "int64", True)
    if not b.all((valid >= 0) & (valid <= x.shape[1])):
        for wrong in (array, valid):
            door.lengths(b.numpy(wrong), x)
    return valid
