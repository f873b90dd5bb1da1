"""The ways to go back by rows: of each kind of tile of `backends/cuda/back_tiles.py` the best.

What is walked over are zeros: no time depends on numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from ....backends.cuda import back_tiles, sweeps_back
from ....backends.cuda.tape import empty_tape
from .timing import BEST, Row, cycles_a_second, layer_of, seconds_of

if TYPE_CHECKING:
    from ....backends.cuda import CudaBackend

Shape = tuple[str, int, int, int]  # cell, units, batch, steps

SHAPES: tuple[Shape, ...] = (
    ("lstm", 32, 100_000, 20), ("lstm", 10, 100_000, 20), ("lstm", 64, 4096, 50),
    ("lstm", 128, 4096, 50), ("lstm", 256, 4096, 20), ("gru", 32, 100_000, 20),
    ("gru", 64, 4096, 50), ("gru_after", 64, 4096, 50), ("rnn", 64, 4096, 50),
)  # fmt: skip


def rows(b: CudaBackend, shape: Shape, dtype: str, least: float) -> Iterator[Row]:
    """Time the ways of a shape that are counted to be the best."""
    cell, units, batch, steps = shape
    layer = layer_of(cell, units)
    xp, outputs = b.cupy, back_tiles.GATES[layer.type] * units
    U = xp.zeros((outputs, units), dtype)
    y = xp.zeros((batch, steps, units), dtype)
    h, c = (xp.zeros((batch, units), dtype) for _ in range(2))
    tape = empty_tape(b, layer, y, h, c if "c" in layer.carried else None, outputs)
    for array in (tape.gates, tape.cells, tape.m):
        if array is not None:
            array.fill(0)
    dz = xp.empty((batch, steps, outputs), dtype)
    ds = xp.empty_like(y) if getattr(layer, "reset_after", False) else None
    work = sweeps_back.work_of(layer, tape, y, None)
    on = b.kernels
    taken = back_tiles.tile_for(work, batch, on.multiprocessors, on.shared_per_block)
    for tile in _best(b, work, batch):
        args = (U, None, None, tape, y, (h, c), h, c, dz, ds, False)
        yield Row(
            shape,
            f"{tile[:10]}",
            seconds_of(b, partial(sweeps_back.walk, b, layer, work, tile, *args), least),
            tile == taken,
            2.0 * batch * steps * outputs * units,
            float(batch * steps * work.bytes_of_row),
            tile.cycles * steps / cycles_a_second(b),
        )


def _best(b: CudaBackend, work: back_tiles.Work, batch: int) -> list[back_tiles.Tile]:
    """Give the best tile of each size of a thread's and way of U, the fastest of these."""
    on = b.kernels
    best: dict[Any, back_tiles.Tile] = {}
    for tile in back_tiles.candidates(work, batch, on.multiprocessors, on.shared_per_block):
        kind = tile.rows, tile.packs, tile.stages, tile.kept < 0, tile.warps_across == 1
        if kind not in best or tile.cycles < best[kind].cycles:
            best[kind] = tile
    return sorted(best.values(), key=lambda tile: tile.cycles)[:BEST]
