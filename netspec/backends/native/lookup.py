"""A network that begins with a table of vectors: the table is looked up here, the rest is a plan.

The ids of all steps are taken from the table at once, a few thousand events at a time, and the
layers behind it run as the prepared call of a network of their own. Nothing is computed by looking
up, so that the bits are those of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy

from . import lowering
from .plan import Plan

MOST_NUMBERS = 2**24  # of vectors that are there at once, unless a single event has more
LINEAR = {"type": "activation", "activation": "linear"}  # for a table with nothing behind it


class Lookup:
    """A table W (ids, units), and the plan of what is behind it."""

    def __init__(self, b: Any, W: Any, plan: Plan) -> None:
        """Hold both."""
        self._b, self._W, self._plan = b, W, plan
        self.instructions = plan.instructions

    def takes(self, x: Any) -> bool:
        """No x comes in unchecked: an id beyond the table would be read from anywhere."""
        return False

    def quickly(self, x: Any) -> Any:
        """Give y alone, for ids that were checked."""
        return self(x, None, {}, False)[0]

    def __call__(
        self, x: Any, lengths: Any, state: Mapping[str, Any], finals: bool
    ) -> tuple[Any, dict[str, Any]]:
        """Run ids x (events, ...); give y and, where asked for, every final state by name."""
        parts = []
        count = max(1, min(self._b.rows, MOST_NUMBERS // (prod(x.shape[1:]) * self._W.shape[1])))
        for first in range(0, max(len(x), 1), count):
            rows = slice(first, first + count)
            valid = None if lengths is None else lengths[rows]
            start = {name: array[rows] for name, array in state.items()}
            y, last = self._plan(self._vectors(x[rows], valid), valid, start, finals)
            parts.append({"": y} | last)
        if len(parts) > 1:
            parts = [{name: numpy.concatenate([p[name] for p in parts]) for name in parts[0]}]
        return parts[0].pop(""), parts[0]

    def _vectors(self, x: Any, lengths: Any) -> Any:
        """Give the vectors of the ids of each step side by side: (events, steps, width)."""
        if lengths is not None:
            x = numpy.where(self._b.mask(lengths, x.shape[1])[:, :, None], x, 0)
        vectors = self._b.gather(self._W, x.astype("int64"))
        return vectors.reshape(*x.shape[:2], prod(x.shape[2:]) * vectors.shape[-1])


def lower(b: Any, spec: Any, weights: Mapping[str, Any]) -> Lookup | None:
    """Make the plan of a spec whose first layer is a table; None where the rest has none."""
    table, *rest = spec.layers
    steps, features = table.output_shape(spec.input.sizes)
    behind = type(spec)(
        dtype=spec.dtype,
        input={"steps": steps, "features": features},
        layers=rest or [LINEAR],
        output=spec.output,
    )
    plan = lowering.lower(b, behind, weights)
    return None if plan is None else Lookup(b, weights[f"{table.name}/W"], plan)
