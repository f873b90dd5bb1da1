"""Who learns in steps that are timed: one file each, with what a rival has (`rivals/`).

`run` of an engine takes one step of training and moves the weights; `give` gives, whatever was run,
the gradient of the first step, which was taken when the engine was made (`lesson.py`). `one` gives
one way alone, for measuring memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Protocol, cast

from ...errors import UnavailableError, nearest
from ..rivals import Engine, Rival

if TYPE_CHECKING:
    from ...formats import Model


class Learner(Rival, Protocol):
    """What a module of this folder holds."""

    def one(self, model: Model, batch: int, threads: int | None, checked: bool = True) -> Engine:
        """Give one way to learn; its first gradient where it is to be checked."""


def known() -> dict[str, Learner]:
    """Give every learner by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.NAME: cast("Learner", module) for module in modules}


def chosen(names: Iterable[str]) -> dict[str, Learner]:
    """Give the learners of these names, all where there are none; raises UnavailableError."""
    from ..ours import NAME

    rivals = known()
    del rivals[NAME]
    for name in names:
        if name not in rivals:
            raise UnavailableError(f"nobody of the name {name!r} learns{nearest(name, rivals)}")
    wanted = set(names) or set(rivals)
    return {name: rival for name, rival in rivals.items() if name in wanted}
