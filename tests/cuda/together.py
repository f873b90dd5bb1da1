"""Sweeps by all blocks together, cut as a test wants it, held to the backend `native`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from netspec.backends import choose
from netspec.backends.cuda import grid, grid_plan, grid_work
from netspec.backends.native import twins
from netspec.layers.gru import GRU
from netspec.layers.lstm import LSTM
from netspec.layers.rnn import RNN

from .bits import same

LAYERS: Final[dict[str, Any]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
SIZES: Final = grid_work.Sizes(
    rows=2, units=4, own_rows=2, own_outputs=4, teams=2, terms=16, stages=3, words=0
)
SHARED: Final = 232448

Run = Callable[[grid.Launch], None]


class Question:
    """A layer's sweep over drawn numbers; what lies beyond an event's last valid step is NaN."""

    def __init__(
        self,
        cell: str,
        said: dict[str, Any],
        dtype: str,
        batch: int,
        *,
        steps: int = 4,
        lengths: bool = False,
        drop: bool = False,
        reverse: bool = False,
        dy: bool = True,
    ) -> None:
        self.layer = LAYERS[cell](name="cell", type=cell, **said)
        draw = np.random.default_rng([batch, self.layer.units])
        n, gates = self.layer.units, max(1, len(self.layer.gates))
        shape = (gates,) if self.layer.gates else ()

        def numbers(*sizes: int, scale: float = 1.0) -> Any:
            return (draw.normal(size=sizes) * scale).astype(dtype)

        self.p = {"U": numbers(*shape, n, n, scale=n**-0.5)}
        if self.layer.state_bias:
            self.p["b_state"] = numbers(*shape, n)
        self.z = numbers(batch, steps, gates * n)
        self.start = {name: numbers(batch, n) for name in self.layer.carried}
        self.lengths: Any = (np.arange(batch) * 3 + steps) % (steps + 1) if lengths else None
        self.mask: Any = None if self.lengths is None else np.arange(steps) < self.lengths[:, None]
        self.valid = np.ones((batch, steps), bool) if self.mask is None else self.mask
        self.z[~self.valid] = np.nan
        kept = draw.uniform(size=(batch, n)) < 0.7
        self.drop = np.where(kept, 1 / 0.7, 0).astype(dtype) if drop else None
        self.reverse = reverse
        self.order = range(steps - 1, -1, -1) if reverse else range(steps)
        self.dy = numbers(batch, steps, n) if dy else None
        self.dfinal = {name: numbers(batch, n) for name in self.layer.carried}

    @property
    def reset_after(self) -> bool:
        return bool(getattr(self.layer, "reset_after", False))

    def plan(self, sizes: dict[str, int] | None, slices: int, back: bool) -> grid_plan.Plan:
        """Give the cut of those sizes, or the one that is chosen for an H100."""
        size, n, kind = self.z.itemsize, self.layer.units, self.layer.type
        if back:
            work = grid_work.back(kind, n, size, self.reset_after)
        else:
            work = grid_work.forward(kind, n, size, self.reset_after, self.layer.state_bias)
        if sizes is None:
            plan = grid_plan.plan(work, len(self.z), 132, SHARED)
        else:
            plan = grid_plan.cut(work, len(self.z), slices, SHARED, SIZES._replace(**sizes))
        assert plan is not None
        return plan

    @cached_property
    def wanted(self) -> tuple[Any, dict[str, Any], Any]:
        """Give y, final states and the tape of the backend `native`."""
        b = choose("native")
        result: tuple[Any, dict[str, Any], Any] = twins.sweep(
            b, self.layer, self.p, self.z, self.start, self.order, self.mask, True, self.drop
        )
        return result

    def forward(self, xp: Any, run: Run, plan: grid_plan.Plan) -> dict[str, Any]:
        """Give what the kernel writes, by name; rows of y are longer than h."""
        y, _, tape = self.wanted
        batch, steps, n = y.shape

        def room(array: Any) -> Any:
            return None if array is None else xp.asarray(np.full_like(array, np.nan))

        gates = None if self.layer.type == "rnn" else tape.gates
        rooms = SimpleNamespace(
            gates=room(gates), before=room(tape.before), cells=room(tape.cells), m=room(tape.m)
        )
        on = {name: xp.asarray(array.copy()) for name, array in self.start.items()}
        wide = xp.asarray(np.full((batch, steps, n + 3), 7, y.dtype))
        given = (self.p["U"], self.p.get("b_state"), self.z, self.lengths, self.drop)
        U, b_state, z, lengths, drop = (None if a is None else xp.asarray(a) for a in given)
        h, c = on["h"], on.get("c")
        run(
            grid.forward(
                xp, plan, self.layer, U, b_state, z, lengths, drop, h, c, wide, rooms, self.reverse
            )
        )
        return {"y": wide, **on, **vars(rooms)}

    def back(self, xp: Any, run: Run, plan: grid_plan.Plan) -> dict[str, Any]:
        """Give dz, the slopes in the first state and ds of a tape with NaN at other steps."""
        _, _, tape = self.wanted

        def sent(name: str, array: Any) -> Any:
            if array is None or (name == "gates" and self.layer.type == "rnn"):
                return None
            array = array.copy()
            if name in ("gates", "before", "cells", "m"):
                array[~self.valid] = np.nan
            return xp.asarray(array)

        tape = tape._replace(**{name: sent(name, array) for name, array in tape._asdict().items()})
        on = {name: xp.asarray(array.copy()) for name, array in self.dfinal.items()}
        dz = xp.asarray(np.full_like(self.z, np.nan))
        shape = (*self.z.shape[:2], self.layer.units)
        ds = xp.asarray(np.full(shape, np.nan, self.z.dtype)) if self.reset_after else None
        given = (self.p["U"], self.lengths, self.drop, self.dy)
        U, lengths, drop, dy = (None if a is None else xp.asarray(a) for a in given)
        h, c = on["h"], on.get("c")
        run(grid.back(xp, plan, self.layer, U, lengths, drop, tape, dy, h, c, dz, ds, self.reverse))
        return {"dz": dz, **on, "ds": ds}

    def hold_forward(self, found: dict[str, Any]) -> None:
        """Hold NumPy arrays of `forward` to the backend `native`."""
        y, final, tape = self.wanted
        same(found["y"][..., : y.shape[-1]], y, "y")
        assert (found["y"][..., y.shape[-1] :] == 7).all()
        for name, array in final.items():
            same(found[name], array, name)
        for name in ("gates", "before", "cells", "m"):
            if found[name] is not None:
                same(found[name][self.valid], getattr(tape, name)[self.valid], name)

    def hold_back(self, found: dict[str, Any]) -> None:
        """Hold NumPy arrays of `back` to the backend `native`; ds by b_state."""
        b = choose("native")
        tape = self.wanted[2]
        dy = np.zeros((*self.z.shape[:2], self.layer.units), self.z.dtype)
        dy = dy if self.dy is None else self.dy
        dz, weights, start = twins.sweep_back(
            b, self.layer, self.p, tape, dy, self.dfinal, self.order, self.mask, self.drop
        )
        same(found["dz"], dz, "dz")
        for name, array in start.items():
            same(found[name], array, name)
        if self.reset_after and self.layer.state_bias:
            same(b.sum(found["ds"], (0, 1)), weights["b_state"].reshape(3, -1)[2], "ds")
