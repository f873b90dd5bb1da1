"""A script of its own: how fast a GPU sweeps over time in the ways that all its blocks share.

    python -m netspec.bench.gpu.cuts [float32|float64]

For each cell and shape it times the cuts of `backends/cuda/grid_plan.py` that are the fastest by
count, the best of each tile, forward and back. Marked `*` is the one that is taken; a faster one
beside it says that a constant of `grid_work.py` is a poor guess, as does a count far from the time.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ...backends.cuda import CudaBackend, grid, grid_plan, grid_work
from ...backends.cuda.tape import empty_tape
from ...layers.gru import GRU
from ...layers.lstm import LSTM
from ...randomness import Stream
from .clock import EventClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...layers.recurrent import Recurrent

Shape = tuple[int, int, int]  # steps, batch, units

SHAPES: tuple[Shape, ...] = (
    (50, 64, 256), (50, 64, 512), (100, 64, 128), (100, 1, 128), (200, 256, 512), (20, 64, 1024),
    (100, 8, 512),
)  # fmt: skip
CELLS: tuple[Recurrent, ...] = (
    LSTM(name="lstm", type="lstm", units=1),
    GRU(name="gru", type="gru", units=1),
    GRU(name="gru_after", type="gru", units=1, reset_after=True),
)
CUTS, TIMES = 6, 5


class Row(NamedTuple):
    """One cut of one shape: seconds of a step, those that were counted, whether it is taken."""

    what: str
    plan: grid_plan.Plan
    seconds: float
    clock: float
    taken: bool

    def __str__(self) -> str:
        """Give a line of the table."""
        sizes = " ".join(f"{name}={size}" for name, size in self.plan.macros().items())
        counted = self.plan.cycles / self.clock
        return (
            f"{self.what:<34}{'*' if self.taken else ' '}{1e6 * self.seconds:8.2f} us a step,"
            f" counted {1e6 * counted:8.2f}   {sizes} blocks={self.plan.grid}"
            f" passes={self.plan.passes}"
        )


def table(b: CudaBackend, shape: Shape, cell: Recurrent, dtype: str) -> Iterator[Row]:
    """Time the cuts of a shape, forward and back."""
    steps, batch, units = shape
    layer: Any = cell.model_copy(update={"units": units})
    draw = Stream("bench", "cuts")
    gates = len(layer.gates)

    def numbers(*sizes: int) -> Any:
        return b.cupy.asarray((draw.uniform(sizes) - 0.5).astype(dtype))

    U, z = numbers(gates, units, units), numbers(batch, steps, gates * units)
    h, dh, y, dy = (
        numbers(*sizes) for sizes in ((batch, units),) * 2 + ((batch, steps, units),) * 2
    )
    c, dc = (numbers(batch, units) if "c" in layer.carried else None for _ in range(2))
    tape = empty_tape(b, layer, y, h, c, gates * units)
    after = bool(getattr(layer, "reset_after", False))
    dz, ds = b.cupy.empty_like(z), b.cupy.empty_like(y) if after else None
    size = z.dtype.itemsize
    clock = 1e3 * b.cupy.cuda.runtime.getDeviceProperties(b.gpu.number)["clockRate"]
    for way, work in (
        ("forward", grid_work.forward(layer.type, units, size, after, False)),
        ("back", grid_work.back(layer.type, units, size, after)),
    ):
        taken = grid.plan_for(b.kernels, layer, batch, size, back=way == "back")
        for plan in _best(b, work, batch):
            given: tuple[Any, ...] = (U, None, z, None, None, h, c, y, tape, False)
            make: Callable[..., grid.Launch] = grid.forward
            if way == "back":
                given, make = (U, None, None, tape, dy, dh, dc, dz, ds, False), grid.back
            call = partial(_launch, b, partial(make, b.cupy, plan, layer, *given))
            seconds = _seconds(b, call) / steps
            what = f"{layer.name} {way} {steps} {batch} {units}"
            yield Row(what, plan, seconds, clock, plan == taken)


def _best(b: CudaBackend, work: grid_work.Work, batch: int) -> list[grid_plan.Plan]:
    """Give the best cut of each tile of rows and units, the fastest of these."""
    best: dict[tuple[int, int, int], grid_plan.Plan] = {}
    on = b.kernels
    for plan in grid_plan.plans(work, batch, on.multiprocessors, on.shared_per_block):
        key = (plan.sizes.rows, plan.sizes.units, plan.sizes.words)
        if key not in best or plan.cycles < best[key].cycles:
            best[key] = plan
    return sorted(best.values(), key=lambda plan: plan.cycles)[:CUTS]


def _launch(b: CudaBackend, make: Callable[[], grid.Launch]) -> None:
    b.kernels.launch(*make(), cooperative=True)


def _seconds(b: CudaBackend, call: Any) -> float:
    call()
    found = float("inf")
    for _ in range(TIMES):
        clock = EventClock(b.cupy.cuda)
        call()
        found = min(found, clock())
    return found


def main(dtype: str = "float32") -> None:
    """Print the table, line by line."""
    b = CudaBackend()
    with b.computing():
        for cell in CELLS:
            for shape in SHAPES:
                for row in table(b, shape, cell, dtype):
                    sys.stdout.write(f"{row}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
