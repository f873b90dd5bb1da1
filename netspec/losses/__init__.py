"""What training makes small: one file a loss, found by walking this folder.

A new one is one more file: a subclass of `Loss` with its `type`, its options, and one formula,
`terms`. In a spec a loss is a word, or a record with its options: `loss: cross_entropy`,
`loss: {type: huber, delta: 0.5}`.

The objective of a batch is

    L = sum_r w_r sum_n value[r, n] / N,        N = (number of rows) * (values of a row)

where a row is an event, or a valid step of one where the output is per step, and w_r is the
event's weight, which multiplies and is not normalised (TMVA and Keras do the same). So
dL/dy[r] = slope[r] * (w_r * (1 / N)), in this order.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from ..options import any_of
from .base import Loss

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = any_of(Loss.kinds)

__all__ = ["AnyLoss", "Loss"]
