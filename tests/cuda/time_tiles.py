"""Time the tiles of a way back on a GPU, beside what `back_tiles.estimate` says of them.

    python -m tests.cuda.time_tiles CELL UNITS BATCH STEPS [float32 | float64] [how many]

prints, for the tiles that are estimated to be the best of their kind, milliseconds of a walk over
all steps, those of the estimate at the device's clock, and gigabytes that passed in a second. What
is walked over are zeros: no bit of it is looked at.
"""

from __future__ import annotations

import sys
from typing import Any

from netspec.backends import choose
from netspec.backends.cuda import back_tiles, sweeps, sweeps_back
from netspec.layers.gru import GRU
from netspec.layers.lstm import LSTM
from netspec.layers.rnn import RNN

LAYERS: dict[str, Any] = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
CLOCK = 1_755_000  # cycles of a millisecond, where the device does not say
TIMES = 5  # walks, of which the shortest counts


def best_of_each_kind(
    work: back_tiles.Work, batch: int, on: Any, count: int
) -> list[back_tiles.Tile]:
    """Give the tiles with the lowest estimates, one for each size of a thread's and way of U."""
    most = on.shared_per_block
    kinds: dict[Any, back_tiles.Tile] = {}
    for tile in back_tiles.candidates(work, batch, on.multiprocessors, most):
        kind = tile.rows, tile.packs, tile.stages, tile.kept < 0, tile.warps_across == 1
        if kind not in kinds or tile.cycles < kinds[kind].cycles:
            kinds[kind] = tile
    return sorted(kinds.values(), key=lambda tile: tile.cycles)[:count]


def milliseconds(b: Any, walk: Any) -> float:
    """Run a walk some times; give what the shortest took, by the device's own clock."""
    found = []
    for _ in range(TIMES + 1):
        begin, end = b.cupy.cuda.Event(), b.cupy.cuda.Event()
        begin.record()
        walk()
        end.record()
        end.synchronize()
        found.append(float(b.cupy.cuda.get_elapsed_time(begin, end)))
    return min(found[1:])  # the first one compiles


def main(cell: str, units: int, batch: int, steps: int, dtype: str, count: int) -> None:
    """Print the table."""
    b: Any = choose("cuda")
    layer = LAYERS[cell](units=units)
    xp, on, gates = b.cupy, b.kernels, back_tiles.GATES[cell]
    with b.computing():
        U = xp.zeros((gates * units, units), dtype)
        y = xp.zeros((batch, steps, units), dtype)
        h, c = xp.zeros((batch, units), dtype), xp.zeros((batch, units), dtype)
        tape = sweeps.empty_tape(b, layer, y, h, c if cell == "lstm" else None, gates * units)
        for array in (tape.gates, tape.cells, tape.m):
            if array is not None:
                array.fill(0)
        dz = xp.empty((batch, steps, gates * units), dtype)
        work = sweeps_back.work_of(layer, tape, y, None)
        clock = xp.cuda.Device(b.gpu.number).attributes.get("ClockRate", CLOCK)
        print("      ms estimate    GB/s  tile")
        for tile in best_of_each_kind(work, batch, on, count):

            def walk(tile: back_tiles.Tile = tile) -> None:
                sweeps_back.walk(
                    b, layer, work, tile, U, None, None, tape, y, h, c, dz, None, False
                )

            took, rows = milliseconds(b, walk), batch * steps
            speed = rows * work.bytes_of_row / took / 1e6
            print(f"{took:8.3f} {tile.cycles * steps / clock:8.3f} {speed:7.0f}  {tile[:10]}")


if __name__ == "__main__":
    said = sys.argv[1:] + ["float32", "10"][max(len(sys.argv) - 5, 0) :]
    main(said[0], *map(int, said[1:4]), said[4], int(said[5]))  # type: ignore[arg-type]
