"""How the learning rate changes: one file a schedule, found by walking this folder.

A new one is one more file: a subclass of `Schedule` with its `type`, its options, and one formula,
`shape`. A schedule multiplies the learning rate of the optimizer; it begins anew in every phase.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ..options import any_of
from .base import Progress, Schedule

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = any_of(Schedule.kinds)

__all__ = ["AnySchedule", "Progress", "Schedule"]
