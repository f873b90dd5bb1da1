"""The rivals: one file each, found by walking this folder.

A rival is a module with

    NAME      the word in tables, which is the name of its package
    version() the version that runs here; UnavailableError where there is none
    threads(most)
              the numbers of threads it can be told to use, up to `most`; (None,) where it
              cannot be told
    engines(model, batch, threads)
              the network, ready to run batches of this size, by name: every way to call it that
              may be the quickest

It runs in its quickest usual way, in inference mode and in the spec's dtype. What it cannot do
it raises, and the table says so in its cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from ...errors import UnavailableError, nearest

if TYPE_CHECKING:
    from ...formats import Model


def _as_it_is(array: Any) -> Any:
    return array


class Engine(NamedTuple):
    """A network ready to run. The clock sees `run` alone.

    `take` brings x (batch, steps, features) to the engine's own layout, `run` gives the engine's
    own output for it, `give` brings that to a NumPy array (batch, ...), `around` gives what calls
    need around them.
    """

    run: Callable[[Any], Any]
    take: Callable[[Any], Any] = _as_it_is
    give: Callable[[Any], Any] = _as_it_is
    around: Callable[[], AbstractContextManager[Any]] = nullcontext


class Rival(Protocol):
    """What a module of this folder holds."""

    NAME: str

    def version(self) -> str:
        """Give the version that runs here."""

    def threads(self, most: int) -> tuple[int | None, ...]:
        """Give the numbers of threads to try."""

    def engines(self, model: Model, batch: int, threads: int | None) -> Mapping[str, Engine]:
        """Give the network, ready to run, by the name of the way to call it."""


def known() -> dict[str, Rival]:
    """Give every rival by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.NAME: cast("Rival", module) for module in modules}


def chosen(names: Iterable[str]) -> dict[str, Rival]:
    """Give the rivals of these names, all where there are none; raises UnavailableError."""
    rivals = known()
    for name in names:
        if name not in rivals:
            raise UnavailableError(f"there is no rival {name!r}{nearest(name, rivals)}")
    wanted = set(names) or set(rivals)
    return {name: rival for name, rival in rivals.items() if name in wanted}


def up_to(most: int) -> tuple[int | None, ...]:
    """Give 1, 2, 4 ... and `most` itself.

    >>> up_to(6)
    (1, 2, 4, 6)
    """
    return (*(2**k for k in range(most.bit_length()) if 2**k < most), most)
