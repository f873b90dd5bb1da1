"""Where a caller's arrays are checked, and where they go: all of them to where x lies.

x in memory       lengths and states are brought into memory, results are NumPy arrays
x on the GPU      x stays, lengths and states are brought there, results are arrays there
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import door
from . import on_gpu

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..spec import NetworkSpec


class Given(NamedTuple):
    """What a caller gave, checked: x (batch, ...), lengths (batch,), states by name."""

    x: Array
    lengths: Array | None
    state: dict[str, Array]


def entered(
    b: Backend,
    spec: NetworkSpec,
    x: Any,
    lengths: Any,
    state: Mapping[str, Any] | None,
    keep: bool = False,
) -> Given:
    """Check what a caller gives; with `keep` the result shares no memory with it.

    Raises DataError where an array is not what the spec wants, or lies on another device.
    """
    with b.computing():  # numbers of another dtype are rounded here
        taken = b.taken(x, "x")
        if taken is None:
            return _in_memory(b, spec, x, lengths, state, keep)
        return _on_gpu(b, spec, taken, lengths, state, keep)


def _in_memory(
    b: Backend, spec: NetworkSpec, x: Any, lengths: Any, state: Any, keep: bool
) -> Given:
    x = door.events(spec, door.own(spec, x, "x") if keep else x)
    valid = None
    if lengths is not None:
        taken = b.taken(lengths, "lengths")
        valid = door.lengths(lengths if taken is None else b.numpy(taken), x)
    door.ids(spec, x, valid)

    def read(spec: NetworkSpec, values: Any, what: str) -> Any:
        taken = b.taken(values, what)
        return door.own(spec, values if taken is None else b.numpy(taken), what)

    return Given(x, valid, {} if state is None else door.state(spec, state, len(x), read))


def _on_gpu(b: Backend, spec: NetworkSpec, x: Array, lengths: Any, state: Any, keep: bool) -> Given:
    x = on_gpu.events(b, spec, x, keep)
    valid = None
    if lengths is not None:
        taken = b.taken(lengths, "lengths")
        # Those in memory are checked there: nobody need wait for the GPU.
        valid = b.array(door.lengths(lengths, x)) if taken is None else on_gpu.lengths(b, taken, x)
    on_gpu.ids(b, spec, x, valid)

    def read(spec: NetworkSpec, values: Any, what: str) -> Array:
        taken = b.taken(values, what)
        if taken is None:
            return b.array(door.own(spec, values, what))
        return on_gpu.numbers(b, spec, taken, what, copy=True)

    return Given(x, valid, {} if state is None else door.state(spec, state, len(x), read))
