"""DropConfig: rates of dropout for what goes into the first, second ... layer of a file.

A spec counts its own layers behind the transformations, among them a reshape of the variables,
which is no layer in a file. The settings of a training are moved from one count to the other here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...layers import Layer
from ...transformations import in_front
from .plan import Plan


def read(training: Mapping[str, Any], before: int) -> dict[str, Any]:
    """Give a `training` section as a spec counts, with `before` layers in front of the first."""
    return _moved(training, lambda rates: [0.0] * before + list(rates) if rates else [])


def write(training: Mapping[str, Any], layers: Sequence[Layer], laid: Plan) -> dict[str, Any]:
    """Give a `training` section as a file counts; `layers` are those of the spec.

    Rates of layers that are none in the file are left out.
    """
    names = [layer.name for layer in layers[in_front(layers) :]]
    rows = [layer.name for layer, _ in laid.rows]

    def counted(rates: Sequence[float]) -> list[float]:
        own = dict(zip(names, rates, strict=False))
        last = max((k for k, name in enumerate(rows) if name in own), default=-1)
        return [own.get(name, 0.0) for name in rows[: last + 1]]

    return _moved(training, counted)


def _moved(training: Mapping[str, Any], move: Any) -> dict[str, Any]:
    moved = dict(training)
    if "dropout" in moved:
        moved["dropout"] = move(moved["dropout"])
    if "phases" in moved:
        moved["phases"] = [_moved(phase, move) for phase in moved["phases"]]
    return moved
