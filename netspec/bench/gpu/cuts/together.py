"""The ways to sweep by all blocks together: of each tile of `backends/cuda/grid_plan.py` the best.

Forward and back; the count is that of `grid_work.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from ....backends.cuda import back_tiles, grid, grid_plan, grid_work
from ....backends.cuda.tape import empty_tape
from ....randomness import Stream
from .timing import BEST, Row, cycles_a_second, layer_of, seconds_of

if TYPE_CHECKING:
    from ....backends.cuda import CudaBackend

Shape = tuple[str, int, int, int]  # cell, units, batch, steps

SHAPES: tuple[Shape, ...] = tuple(
    (cell, *sizes)
    for cell in ("lstm", "gru", "gru_after")
    for sizes in (
        (256, 64, 50), (512, 64, 50), (128, 64, 100), (128, 1, 100), (512, 256, 200),
        (1024, 64, 20), (512, 8, 100),
    )
)  # fmt: skip


def rows(b: CudaBackend, shape: Shape, dtype: str, least: float) -> Iterator[Row]:
    """Time the ways of a shape that are counted to be the best, forward and back."""
    cell, units, batch, steps = shape
    layer = layer_of(cell, units)
    draw = Stream("bench", "together")
    outputs = back_tiles.GATES[layer.type] * units

    def numbers(*sizes: int) -> Any:
        return b.cupy.asarray((draw.uniform(sizes) - 0.5).astype(dtype))

    U, z = numbers(outputs, units), numbers(batch, steps, outputs)
    h, dh, y, dy = (
        numbers(*sizes) for sizes in ((batch, units),) * 2 + ((batch, steps, units),) * 2
    )
    c, dc = (numbers(batch, units) if "c" in layer.carried else None for _ in range(2))
    tape = empty_tape(b, layer, y, h, c, outputs)
    after = bool(getattr(layer, "reset_after", False))
    dz, ds = b.cupy.empty_like(z), b.cupy.empty_like(y) if after else None
    size = z.dtype.itemsize
    forward: tuple[Any, ...] = (U, None, z, None, None, h, c, y, tape, False)
    back = (U, None, None, tape, dy, dh, dc, dz, ds, False)
    ways: tuple[tuple[str, grid_work.Work, Callable[..., grid.Launch], tuple[Any, ...]], ...] = (
        (
            "forward",
            grid_work.forward(layer.type, units, size, after, False),
            grid.forward,
            forward,
        ),
        ("back", grid_work.back(layer.type, units, size, after), grid.back, back),
    )
    for way, work, make, given in ways:
        taken = grid.plan_for(b.kernels, layer, batch, size, back=way == "back")
        for plan in _best(b, work, batch):
            launch = partial(make, b.cupy, plan, layer, *given)
            yield Row(
                shape,
                f"{way} {plan.sizes[:]} blocks {plan.grid} passes {plan.passes}",
                seconds_of(b, partial(_launch, b, launch), least),
                plan == taken,
                2.0 * batch * steps * outputs * units,
                float(z.nbytes + (1 + (way == "back")) * y.nbytes),
                plan.cycles * steps / cycles_a_second(b),
            )


def _best(b: CudaBackend, work: grid_work.Work, batch: int) -> list[grid_plan.Plan]:
    """Give the best cut of each tile of rows and units, the fastest of these."""
    best: dict[tuple[int, int, int], grid_plan.Plan] = {}
    on = b.kernels
    for plan in grid_plan.plans(work, batch, on.multiprocessors, on.shared_per_block):
        kind = plan.sizes.rows, plan.sizes.units, plan.sizes.words
        if kind not in best or plan.cycles < best[kind].cycles:
            best[kind] = plan
    return sorted(best.values(), key=lambda plan: plan.cycles)[:BEST]


def _launch(b: CudaBackend, make: Callable[[], grid.Launch]) -> None:
    b.kernels.launch(*make(), cooperative=True)
