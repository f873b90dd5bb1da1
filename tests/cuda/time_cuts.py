"""Time the cuts of a sweep forward on a GPU, beside what `row_plan` and `grid_plan` count of them.

    python -m tests.cuda.time_cuts CELL UNITS FEATURES BATCH STEPS [float32 | float64] [how many]

prints, for the cuts that are counted to be the best of their kind, milliseconds of a sweep over all
steps, those of the count at the device's clock, and the share of all fma that the device could do.
"x" forms the input's share in the sweep, "z" is given it, "z tape" writes a tape too; "z all" is
the sweep by all blocks together. What is swept over are zeros: no time depends on numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from netspec.backends import choose
from netspec.backends.cuda import grid, row_plan, sweeps
from netspec.backends.cuda.packed_units import Weights
from netspec.backends.cuda.tape import empty_tape

from .time_tiles import CLOCK, LAYERS, milliseconds

FMA = 128  # of float32 a multiprocessor and cycle; half as many of float64


def best_of_each_kind(work: row_plan.Work, batch: int, on: Any, count: int) -> list[row_plan.Plan]:
    """Give the cuts with the lowest counts, one for each tile."""
    kinds: dict[Any, row_plan.Plan] = {}
    for plan in row_plan._plans(work, batch, on.multiprocessors, on.shared_per_block):
        kind = plan.tile[:2]
        if kind not in kinds or plan.cycles < kinds[kind].cycles:
            kinds[kind] = plan
    return sorted(kinds.values(), key=lambda plan: plan.cycles)[:count]


def cuts(
    b: Any, layer: Any, features: int, batch: int, steps: int, dtype: str, count: int
) -> Iterator[Any]:
    """Yield what there is to time: a name, the counted cycles of a step, a sweep, its cut."""
    xp, n, outputs = b.cupy, layer.units, max(1, len(layer.gates)) * layer.units
    arrays = {"W": (outputs, features), "U": (outputs, n), "b": (outputs,)}
    weights = Weights(b, {name: xp.zeros(shape, dtype) for name, shape in arrays.items()})
    h, c = xp.zeros((batch, n), dtype), xp.zeros((batch, n), dtype)
    c = c if layer.type == "lstm" else None
    y = xp.empty((batch, steps, n), dtype)
    x, z = (xp.zeros((batch, steps, size), dtype) for size in (features, outputs))
    tape = empty_tape(b, layer, y, h, c, outputs)
    for name, given, out, kept in (
        ("x", x, None, None),
        ("z", z, None, None),
        ("z tape", z, y, tape),
    ):
        fused = features if name == "x" else 0
        work = sweeps.work_of(
            layer, h.itemsize, fused, tape=kept is not None, steps=out is not None
        )
        for plan in best_of_each_kind(work, batch, b.kernels, count):

            def sweep(
                plan: Any = plan,
                given: Any = given,
                out: Any = out,
                kept: Any = kept,
                f: int = fused,
            ) -> None:
                sweeps.launch(b, layer, plan, weights, given, None, None, h, c, out, kept, False, f)

            yield name, plan.cycles, sweep, (*plan.tile, plan.held, plan.resident, plan.blocks)
    together = grid.plan_for(b.kernels, layer, batch, h.itemsize)
    if together is not None:

        def of_all() -> None:
            grid.sweep(b, layer, weights.arrays, z, None, None, h, c, None, None, False)

        yield "z all", together.cycles, of_all, together.grid


def lines(
    cell: str, units: int, features: int, batch: int, steps: int, dtype: str, count: int
) -> Iterator[str]:
    """Yield the lines of the table."""
    b: Any = choose("cuda")
    layer = LAYERS[cell](units=units)
    with b.computing():
        clock = b.cupy.cuda.Device(b.gpu.number).attributes.get("ClockRate", CLOCK)
        yield "      ms    count  of fma  what    rows, wide, groups, held, resident, blocks"
        for name, cycles, sweep, cut in cuts(b, layer, features, batch, steps, dtype, count):
            terms = units + (features if name == "x" else 0)
            sums = batch * steps * max(1, len(layer.gates)) * units * terms
            most = b.kernels.multiprocessors * FMA * clock / (2 if dtype == "float64" else 1)
            took = milliseconds(b, sweep)
            counted, share = cycles * steps / clock, sums / most / took
            yield f"{took:8.3f} {counted:8.3f} {share:7.2f}  {name:7} {cut}"


def main(cell: str, *said: str) -> None:
    """Print the table of what was said on the command line."""
    units, features, batch, steps = map(int, said[:4])
    dtype, count = [*said[4:], *("float32", "4")[len(said) - 4 :]]
    for line in lines(cell, units, features, batch, steps, dtype, int(count)):
        print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
