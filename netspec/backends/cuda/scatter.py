"""The slope in a table of vectors on the GPU: sums over the places of each id (`scatter_sum.cu`).

Places are sorted by id, block of 128 events, step and event, all in one key that no two share, so
that any way to sort gives one order.
"""

from __future__ import annotations

from math import prod
from typing import Any

from .trees import EVENTS, number

THREADS = 128  # four warps, each with the places of one id


def scatter_sum(b: Any, ids: Any, dy: Any, rows: int) -> Any:
    """Sum dy (..., k) over the places of each id: ids (...) of whole numbers; result (rows, k)."""
    cupy, width = b.cupy, dy.shape[-1]
    result = cupy.zeros((rows, width), dy.dtype)
    places = prod(ids.shape)
    if not places * width:
        return result
    events, steps = (ids.shape[0] if ids.ndim else 1), prod(ids.shape[1:])
    blocks, grid = -(-events // EVENTS), (-(-places // THREADS), 1, 1)
    by_warp = (-(-places * 32 // THREADS), 1, 1)
    ids, dy = whole(b, ids), b.plain(dy)
    key, following = cupy.empty(places, "int64"), cupy.empty(places, "int64")
    sums = cupy.empty((places, width), dy.dtype)

    def launch(name: str, grid: tuple[int, ...], *args: Any) -> None:
        b.kernels.launch("scatter_sum.cu", number(dy.dtype), name, grid, (THREADS, 1, 1), args)

    launch("keys", grid, ids, key, places, steps, blocks, rows)
    key = cupy.sort(key)
    launch("block_sums", by_warp, key, dy, sums, following, places, width, steps, blocks)
    launch("id_sums", by_warp, key, sums, following, result, places, width, steps, blocks)
    return result


def whole(b: Any, numbers: Any) -> Any:
    """Give whole numbers, a bare array, as int64, packed."""
    if numbers.dtype != "int64":
        numbers = b.bare(b.own(numbers).astype("int64"))
    return b.plain(numbers)
