"""The ways to sweep forward by rows: of each tile of `backends/cuda/row_plan.py` the best cut.

`x` forms the input's share in the sweep, `z` is given it, `z tape` writes a tape too. What is swept
over are zeros: no time depends on numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy

from ....backends.cuda import back_tiles, row_plan, sweep_plan, sweeps
from ....backends.cuda.packed_units import Weights
from ....backends.cuda.tape import empty_tape
from .timing import BEST, Row, cycles_a_second, layer_of, seconds_of

if TYPE_CHECKING:
    from ....backends.cuda import CudaBackend

Shape = tuple[str, int, int, int, int]  # cell, units, features, batch, steps

SHAPES: tuple[Shape, ...] = (
    ("lstm", 32, 10, 100_000, 20), ("lstm", 10, 10, 100_000, 20), ("lstm", 64, 32, 4096, 50),
    ("lstm", 128, 64, 4096, 50), ("lstm", 128, 64, 1, 100), ("lstm", 256, 64, 4096, 20),
    ("gru", 32, 10, 100_000, 20), ("gru", 64, 32, 4096, 50), ("gru_after", 64, 32, 4096, 50),
    ("rnn", 64, 32, 4096, 50),
)  # fmt: skip


def rows(b: CudaBackend, shape: Shape, dtype: str, least: float) -> Iterator[Row]:
    """Time the ways of a shape that are counted to be the best."""
    cell, units, features, batch, steps = shape
    layer = layer_of(cell, units)
    xp, outputs, size = b.cupy, back_tiles.GATES[layer.type] * units, numpy.dtype(dtype).itemsize
    arrays = {"W": (outputs, features), "U": (outputs, units), "b": (outputs,)}
    weights = Weights(b, {name: xp.zeros(sizes, dtype) for name, sizes in arrays.items()})
    h, c = (xp.zeros((batch, units), dtype) for _ in range(2))
    c = c if "c" in layer.carried else None
    y = xp.empty((batch, steps, units), dtype)
    x, z = (xp.zeros((batch, steps, many), dtype) for many in (features, outputs))
    tape = empty_tape(b, layer, y, h, c, outputs)
    for name, given, out, kept, terms in (
        ("x", x, None, None, features), ("z", z, None, None, 0), ("z tape", z, y, tape, 0),
    ):  # fmt: skip
        work = sweep_plan.work_of(layer, size, terms, tape=kept is not None, steps=out is not None)
        taken, best = _best(b, work, batch)
        for plan in best:
            args: tuple[Any, ...] = (given, None, None, (h, c), (h, c), out, kept, False, terms)
            call = partial(sweeps.launch, b, layer, plan, weights, *args)
            way = f"{name} {plan.tile[:]} held {plan.held} of {plan.resident} blocks {plan.blocks}"
            yield Row(
                shape,
                way,
                seconds_of(b, call, least),
                plan == taken,
                2.0 * batch * steps * outputs * (units + terms),
                float(batch * steps * work.numbers) * size,
                plan.cycles * steps / cycles_a_second(b),
            )


def _best(
    b: CudaBackend, work: row_plan.Work, batch: int
) -> tuple[row_plan.Plan | None, list[row_plan.Plan]]:
    """Give the cut that is taken, and the best of each tile, the fastest of these and it."""
    sizes = (b.kernels.multiprocessors, b.kernels.shared_per_block)
    taken = row_plan.choose(work, batch, *sizes)
    best: dict[Any, row_plan.Plan] = {} if taken is None else {taken.tile[:2]: taken}
    for plan in row_plan.plans(work, batch, *sizes):
        tile = plan.tile[:2]
        if tile not in best or (best[tile] != taken and plan.cycles < best[tile].cycles):
            best[tile] = plan
    found = sorted(best.values(), key=lambda plan: plan.cycles)
    return taken, [plan for at, plan in enumerate(found) if at < BEST or plan == taken]
