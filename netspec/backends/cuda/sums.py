"""Long sums on the GPU: slopes in matrices, biases and tables (rule 2 of `kernels/README.md`).

The chains are made by `outer_sum.cu` and `chain_sums.cu`, trees by `trees.py`. All arrays are bare,
and may lie in memory as they like where a row's numbers are neighbours; others are packed first.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any, Final, NamedTuple

from . import mma_sums
from .kernels import Kernels, Ready
from .scatter import scatter_sum
from .trees import EVENTS, MOST_BYTES, NEIGHBOURS, number, tree_of_trees

__all__ = ["affine_slopes", "outer_sum", "scatter_sum", "total"]

# Outputs of a block of threads, of dz and of x: what cuda/outer_sum.cu can be compiled for.
TILES: Final = ((64, 64), (64, 48), (64, 32), (64, 16), (32, 32), (16, 64))
LARGE: Final = (128, 64)  # of float32 only: a thread has twice as many outputs
STAGES, STAGE = 3, 32
THREADS: Final = 128

# What a multiprocessor of an H100 does in a cycle, and how long it waits. They choose between cuts
# of the work, which change no bit, and are no measurements.
LOADED: Final = 10.0  # a number of a row, in products
FMA, ALONE = 110.0, 22.0  # products a cycle: of a multiprocessor, of a warp that has it to itself
WAIT: Final = 500.0  # cycles for the first events of a step
STREAM: Final = 2000.0  # bytes a cycle, of all multiprocessors: partials that are written and read


class Cut(NamedTuple):
    """Outputs of a block of threads, of dz and of x, and how many steps it adds up: 16 or one."""

    tall: int
    wide: int
    group: int

    @property
    def threads(self) -> int:
        """How many share the tile out."""
        return self.tall * self.wide // (64 if self[:2] == LARGE else 32)


def outer_sum(
    b: Any,
    dz: Any,
    x: Any,
    *,
    lengths: Any = None,
    first: Any = None,
    reverse: bool = False,
    drop: Any = None,
    result: Any = None,
    most: int = MOST_BYTES,
    cut: Cut | None = None,
) -> Any:
    """Sum dz[n, s, i] x[n, s, j] over events n and steps s: dz (..., m), x (..., k); (m, k).

    Steps from `lengths` (int64, events) on count as zeros, whatever stands there. With `first`
    (events, k), x is a state that was seen one step later in the order of the pass, which `reverse`
    says, and `first` what was seen at its first step. `drop` (events, k) multiplies what was seen.
    The sum is written to `result`, packed, of m k numbers, where there is one. `most` bytes of
    partial sums are there at once; `cut` is how the work is cut, by default as `cut_for` says.
    """
    found, _ = _outer_sum(b, dz, x, lengths, first, reverse, drop, result, most, cut, False)
    return found


def affine_slopes(b: Any, dz: Any, x: Any, most: int = MOST_BYTES, cut: Cut | None = None) -> Any:
    """Give `outer_sum` of dz (..., m) and x (..., k), and the sum of dz over all rows, (m,).

    Both are of one pass over dz, but where the matrix units make the first.
    """
    found, alone = _outer_sum(b, dz, x, None, None, False, None, None, most, cut, x.shape[-1] > 0)
    return found, total(b, dz, tuple(range(dz.ndim - 1))) if alone is None else alone


def _outer_sum(
    b: Any,
    dz: Any,
    x: Any,
    lengths: Any,
    first: Any,
    reverse: bool,
    drop: Any,
    result: Any,
    most: int,
    cut: Cut | None,
    alone: bool,
) -> tuple[Any, Any]:
    """Give the sum of products and, where wanted and made on the way, that of dz alone."""
    m, k = dz.shape[-1], x.shape[-1]
    events, steps = dz.shape[0] if dz.ndim > 1 else 1, prod(dz.shape[1:-1])
    dz, x = (_in_rows(b, a, events, steps) for a in (dz, x))
    first, drop = (None if a is None else b.plain(a) for a in (first, drop))
    blocks, size = -(-events // EVENTS), dz.itemsize
    one = cut or cut_for(b.kernels.multiprocessors, m, k, size, events, steps, most)
    tiles = -(-m // one.tall) * -(-k // one.wide)
    strides = [(a.strides[0] // size, a.strides[1] // size) for a in (dz, x)]
    copies = (_alignment(dz, m, strides[0]), _alignment(x, k, strides[1]))
    if first is not None:
        copies = (copies[0], min(copies[1], _alignment(first, k, (k, k))))
    by_units = cut is None and mma_sums.worth_it(b.precision, dz.dtype, events * steps, m, k)
    alone = alone and not by_units
    if result is None:
        room = b.cupy.empty(m * k + m * alone, dz.dtype)
        result = room[: m * k].reshape(m, k)
    else:
        room = result.reshape(m * k)
    if by_units:
        mma_sums.outer_sum(b, dz, x, strides, copies, lengths, first, drop, reverse, result)
        return result, None
    ready = b.once(_ready, dz.dtype, one, copies, alone)
    factors = [dz, *strides[0], x, *strides[1], lengths, first, drop, int(reverse)]

    def fill(partials: Any, first_group: int, first_block: int) -> None:
        grid = (tiles, partials.shape[1], partials.shape[0])
        sizes = (events, steps, m, k, one.group, first_group, first_block)
        ready(grid, [*factors, partials, *sizes])

    tree_of_trees(b, fill, blocks, -(-steps // one.group), room, most)
    return result, room[m * k :] if alone else None


def _ready(b: Any, dtype: Any, cut: Cut, copies: tuple[int, int], alone: bool) -> Ready:
    """Give the kernel of a cut, for copies of so many bytes at a time."""
    macros = number(dtype) | {
        "TALL": cut.tall, "WIDE": cut.wide, "SUMS": int(alone),
        "COPY_DZ": copies[0], "COPY_X": copies[1],
    }  # fmt: skip
    shared = STAGES * STAGE * (cut.tall + cut.wide) * dtype.itemsize
    kernels: Kernels = b.kernels
    return kernels.ready("outer_sum.cu", macros, "outer_sum", (cut.threads,), shared)


def total(b: Any, x: Any, axes: tuple[int, ...], most: int = MOST_BYTES, result: Any = None) -> Any:
    """Sum over some axes: entries of the first one are events, those of the others steps.

    The sum is written to `result`, packed, where there is one.
    """
    moved = x.transpose(*axes, *(axis for axis in range(x.ndim) if axis not in axes))
    kept = moved.shape[len(axes) :]
    events, steps, width = moved.shape[0], prod(moved.shape[1 : len(axes)]), prod(kept)
    strides = _strides(moved, len(axes))
    if strides is None:
        moved = b.plain(moved)
        strides = (steps * width, width, 1)
    event, step, entry = strides
    blocks = -(-events // EVENTS)

    def fill(partials: Any, first_step: int, first_block: int) -> None:
        several, many, _ = partials.shape
        if event == 1 and steps == 1 and events > 1:
            rows = moved[first_block * EVENTS : (first_block + several) * EVENTS]
            b.kernels.launch(
                "chain_sums.cu", number(x.dtype), "row_sums",
                (-(-several * width // THREADS), 1, 1), (THREADS, 1, 1),
                [rows, entry, partials, len(rows), width],
                shared=THREADS * 33 * x.itemsize,
            )  # fmt: skip
            return
        b.kernels.launch(
            "chain_sums.cu", number(x.dtype), "chain_sums",
            (-(-many * width // THREADS), several, 1), (THREADS, 1, 1),
            [
                moved, event, step, entry, partials, events, many, width, first_step, first_block,
                int(step == 1 and entry != 1),
            ],
        )  # fmt: skip

    if result is None:
        result = b.cupy.empty(kept, x.dtype)
    tree_of_trees(b, fill, blocks, steps, result.reshape(width), most)
    return result


@lru_cache(256)
def cut_for(
    multiprocessors: int, m: int, k: int, size: int, events: int, steps: int, most: int = MOST_BYTES
) -> Cut:
    """Give the cut that takes the fewest cycles, of numbers of `size` bytes.

    Smaller tiles load more for a product. One step a block leaves no multiprocessor without work,
    but makes 16 times as many partial sums; they are to fit into `most` bytes.
    """
    blocks = -(-events // EVENTS)

    def cycles(cut: Cut) -> float:
        tiles, groups = -(-m // cut.tall) * -(-k // cut.wide), -(-steps // cut.group)
        area = cut.tall * cut.wide + LOADED * (cut.tall + cut.wide)
        work = min(events, EVENTS) * min(cut.group, steps) * area * size / 4
        waits = WAIT + min(cut.group, steps) * WAIT / 2
        own = work / (ALONE * min(cut.threads // 32, 4))
        rounds = -(-tiles * blocks * groups // multiprocessors)
        partials = 2.0 * blocks * groups * m * k * size / STREAM
        return max(rounds * work / FMA, own, waits) + partials

    alone = blocks * steps * m * k * size <= most
    return min((cut for cut in cuts(size) if alone or cut.group > 1), key=cycles)


def cuts(size: int) -> list[Cut]:
    """Give every cut that there is for numbers of `size` bytes."""
    tiles = (LARGE, *TILES) if size == 4 else TILES
    return [Cut(*tile, group) for tile in tiles for group in (NEIGHBOURS, 1)]


def _in_rows(b: Any, x: Any, events: int, steps: int) -> Any:
    """Give (events, steps, n), each row's numbers neighbours; a slice of columns stays as it is."""
    if x.ndim != 3 or x.strides[-1] != x.itemsize:
        x = b.plain(x).reshape(events, steps, x.shape[-1])
    return x


def _alignment(x: Any, count: int, strides: tuple[int, int]) -> int:
    """Give the bytes that all rows of x are aligned to, and made of: 16, 8 or 4."""
    for size in (16, 8):
        numbers = size // x.itemsize
        if x.data.ptr % size == 0 and all(n % numbers == 0 for n in (count, *strides)):
            return size
    return int(x.itemsize)


def _strides(x: Any, axes: int) -> tuple[int, int, int] | None:
    """Give the strides of events, steps and others, in numbers; None where one is not even."""
    size = x.itemsize
    found = [
        _even(x.shape[part], x.strides[part], size)
        for part in (slice(1), slice(1, axes), slice(axes, None))
    ]
    return None if None in found else (found[0] or 0, found[1] or 0, found[2] or 0)


def _even(shape: tuple[int, ...], strides: tuple[int, ...], size: int) -> int | None:
    """Give the one stride at which the entries of some axes follow each other."""
    pairs = [(n, s) for n, s in zip(shape, strides, strict=True) if n != 1]
    if any(s != n * after for (_, s), (n, after) in pairwise(pairs)):
        return None
    return pairs[-1][1] // size if pairs else 1


TWINS: Final = {"affine.slopes": affine_slopes}
