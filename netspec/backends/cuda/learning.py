"""The two ends of a step of training on the GPU, each a few launches: the loss, and the update.

    objective   value, slope and the chains of their sum (`losses.cu`); its tree; the mean
    updated     penalties, clipping and the optimizer's update of all arrays at once
                (`optimizers.cu`); two more before it where the norm of all gradients is bounded

They are twins of the functions of these names in `netspec/training`, and leave to them what the
kernels do not know. `updated` writes over weights and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, Final

import numpy

from ..native.lowering import CannotLower
from ..native.training import LOSSES, PENALTIES, rule
from .scatter import whole
from .trees import EVENTS, FLOATS, MOST_BLOCKS, number, sum_of_partials

COLUMNS: Final = 8  # of a loss, that a thread goes through
PER_BLOCK: Final = 1024  # numbers that a block of threads updates
THREADS: Final = 128
ROW: Final = numpy.dtype(
    [(name, "i8") for name in ("block", "chain", "count", "w", "g", "one", "two", "penalty")]
    + [("strength", "f8")]
)


def objective(
    b: Any,
    spec: Any,
    loss: Any,
    y: Any,
    t: Any,
    weights: Any = None,
    lengths: Any = None,
    valid_rows: int | None = None,
) -> Any:
    """Give L (an array of one number), N and dL/dy of y and t (batch, ..., outputs)."""
    given = [a for a in (t, weights) if a is not None]
    if loss.type not in LOSSES or y.dtype not in FLOATS or t.shape != y.shape:
        return NotImplemented
    if any(a.dtype != y.dtype for a in given):
        return NotImplemented
    events, steps, width = y.shape[0], prod(y.shape[1:-1]), y.shape[-1]
    values = 1 if loss.type == "softmax_cross_entropy" else width
    if valid_rows is None:
        valid_rows = events * steps if lengths is None else int(b.numpy(lengths).sum())
    terms, blocks = values * valid_rows, -(-events // EVENTS)
    if not terms or blocks > MOST_BLOCKS:
        return NotImplemented
    output, before = spec.output.activation, loss.before_activation
    seen = y if before else b.bare(output.apply(b, b.own(y)))
    y, t, seen = b.plain(y), b.plain(t), b.plain(seen)
    w = None if weights is None else b.plain(weights)
    valid = None if lengths is None else whole(b, lengths)
    dy = b.cupy.empty(y.shape, y.dtype)
    sums = b.cupy.empty((blocks, steps, values), y.dtype)
    rows = [
        seen, t, w, int(w is not None and w.ndim > 1), valid, dy, sums,
        events, steps, width, 1.0 / terms,
    ]  # fmt: skip
    if loss.type == "softmax_cross_entropy":
        _launch(b, "softmax_loss", (steps, blocks, 1), rows, THREADS, y.dtype)
    else:
        delta = float(getattr(loss, "delta", 0.0))
        grid = (steps * -(-width // COLUMNS), blocks, 1)
        options = [LOSSES[loss.type], delta, 0.5 * delta]
        _launch(b, "loss", grid, options + rows, COLUMNS * (EVENTS + 1), y.dtype)
    mean = b.cupy.empty((), y.dtype)
    _launch(b, "mean", (1, 1, 1), [_added(b, sums), mean, values, terms], THREADS, y.dtype)
    if not before:
        back = output.back(b, b.own(y), b.own(seen), b.own(dy))
        if valid is not None:
            back = b.where(b.mask(b.own(valid), steps)[:, :, None], back, 0.0)
        dy = b.bare(back)
    return mean, terms, dy


def _added(b: Any, sums: Any) -> Any:
    """Give (values,): the trees over the steps, and over the blocks, of a value's chains."""
    if sums.shape[:2] == (1, 1):
        return sums
    added = b.cupy.empty(sums.shape[2], sums.dtype)
    sum_of_partials(b, sums, added)
    return added


def _launch(
    b: Any, name: str, grid: tuple[int, ...], args: list[Any], shared: int, dtype: Any
) -> None:
    """Launch a kernel of losses.cu whose blocks share so many numbers."""
    block = (THREADS, 1, 1)
    size = shared * dtype.itemsize
    b.kernels.launch("losses.cu", number(dtype), name, grid, block, args, shared=size)


def updated(
    b: Any,
    optimizer: Any,
    penalty: Any,
    clip: Any,
    weights: Mapping[str, Any],
    slopes: Mapping[str, Any],
    memory: Mapping[str, Mapping[str, Any]],
    factors: tuple[float, ...],
) -> Any:
    """Move all weights, where they are; give weights and memory by name.

    Slopes and memory that are None are zeros.
    """
    try:
        kind, *constants = rule(optimizer)
    except CannotLower:
        return NotImplemented
    like = {name: (w.shape, w.dtype) for name, w in weights.items()}
    slopes = {k: b.nothing(*like[k]) if g is None else g for k, g in slopes.items()}
    memory = {
        name: {k: b.cupy.zeros(*like[name]) if a is None else a for k, a in arrays.items()}
        for name, arrays in memory.items()
    }
    gradients = {name: b.plain(slopes[name]) for name in weights}
    there = [*weights.values(), *(a for arrays in memory.values() for a in arrays.values())]
    dtypes = {array.dtype for array in (*there, *gradients.values())}
    if len(dtypes) != 1 or not all(array.flags.c_contiguous for array in there):
        return NotImplemented
    dtype = dtypes.pop()
    if dtype not in FLOATS:
        return NotImplemented
    rows = []
    for name, w in weights.items():
        one, two = (*(memory[name][k].data.ptr for k in optimizer.carried), 0, 0)[:2]
        rule_of, strength = penalty.by_name.get(name, ("", 0.0))
        pointers = (w.data.ptr, gradients[name].data.ptr, one, two)
        rows.append((w.size, *pointers, PENALTIES.get(rule_of, 0), strength))
    stream = b.cupy.cuda.get_current_stream().ptr
    arrays, blocks, chains = b.once(_table, stream, tuple(rows))
    value, most = (0.0, 0.0) if clip is None else (clip.value or 0.0, clip.norm or 0.0)
    own = _norms(b, arrays, len(rows), blocks, chains, value, dtype) if most else None
    rate, spread, kept = (*factors, 1.0, 1.0)[:3]
    _optimize(
        b, "move", blocks, dtype, 2,
        [arrays, len(rows), value, own, most, kind, rate, spread, kept, *map(float, constants)],
    )  # fmt: skip
    return weights, memory


def _table(b: Any, stream: int, rows: tuple[tuple[Any, ...], ...]) -> tuple[Any, int, int]:
    """Bring the table of arrays to the GPU; say how many blocks of threads and chains they make.

    From step to step most arrays are where they were, and so the table is there already: for work
    on the stream that it was brought on.
    """
    table, block, chain = [], 0, 0
    for size, *others in rows:
        table.append((block, chain, size, *others))
        block += -(-size // PER_BLOCK)
        chain += -(-size // EVENTS)
    return b.cupy.asarray(numpy.array(table, ROW).view("i8")), block, chain


def _norms(
    b: Any, arrays: Any, count: int, blocks: int, chains: int, value: float, dtype: Any
) -> Any:
    """Give the sum of squares of each array's gradient, after penalty and clipping by value."""
    squares, spare = b.cupy.empty(chains, dtype), b.cupy.empty(chains, dtype)
    own = b.cupy.empty(count, dtype)
    shared = PER_BLOCK // EVENTS * (EVENTS + 1)
    _optimize(b, "squares", blocks, dtype, shared, [arrays, count, value, squares])
    _optimize(b, "norms", count, dtype, 0, [arrays, squares, spare, own])
    return own


def _optimize(b: Any, name: str, blocks: int, dtype: Any, shared: int, args: list[Any]) -> None:
    b.kernels.launch(
        "optimizers.cu", number(dtype), name, (blocks, 1, 1), (THREADS, 1, 1), args,
        shared=shared * dtype.itemsize,
    )  # fmt: skip


TWINS: Final[dict[str, Callable[..., Any]]] = {
    "objective.objective": objective,
    "step.updated": updated,
}
