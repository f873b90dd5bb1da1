"""What is said of a network's outputs beside their targets: one file each, found by walking.

A new one is one more file: a subclass of `Metric` with its `name`, when it `applies` to a sample,
and `compute`, which gives plain data; `lines` says them in words, and `draw`, where `draws` is
true, shows them. Weights of events count as so many events; what is weighted nowhere counts each
event once.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .base import Metric
from .sample import Sample

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def known() -> dict[str, type[Metric]]:
    """Give every metric by its name, in the order in which they are told.

    >>> list(known())[:3]
    ['loss', 'accuracy', 'roc']
    """
    return {m.name: m for m in sorted(Metric.kinds.values(), key=lambda m: (m.place, m.name))}


__all__ = ["Metric", "Sample", "known"]
