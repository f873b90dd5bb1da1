"""How a gradient moves the weights: one file an optimizer, found by walking this folder.

A new one is one more file: a subclass of `Optimizer` with its `type`, its options, and one plain
formula, `update`, in the letters of its first lines: w a weight, g the gradient of the objective in
it, t the number of the step from 1. All state starts at 0.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ..options import any_of
from .base import Optimizer

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = any_of(Optimizer.kinds)

__all__ = ["AnyOptimizer", "Optimizer"]
