"""Entry by entry: what an array itself can do, by kernels of our own.

CuPy compiles its operators so that float32's subnormal numbers count as 0, also in comparisons,
signs and conversions. These kernels (`elementwise.cu`, `copies.cu`) compute as IEEE 754 says.
Neighbouring axes that every operand walks in one go are taken as one: most often one is left.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, Final, NamedTuple

import numpy

from ...errors import DataError

ARITHMETIC: Final = (
    "add", "subtract", "multiply", "divide", "maximum", "minimum", "and", "or",
    "negative", "absolute", "root", "canonical",
)  # fmt: skip
COMPARISON: Final = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
TYPES: Final = {
    "float32": "float", "float64": "double", "int64": "int64_t", "bool": "bool",
    "int32": "int32_t",
}  # fmt: skip
MOST_AXES: Final = 6
BLOCK: Final = 256
SMALL: Final = 2**31 - 2**22  # entries that an int32 counts, the threads of a grid beyond them too

Strides = tuple[int, ...]


def two(on: Any, word: str, x: Any, y: Any) -> Any:
    """Give x op y, bare arrays or one of them a number: `word` of ARITHMETIC or COMPARISON."""
    dtype = _common(x, y)
    if word == "divide" and dtype.kind not in "f":
        dtype = numpy.dtype("float64")
    x, y = (_of_type(on, side, dtype) for side in (x, y))
    shape = _shape(x, y)
    if word in ARITHMETIC:
        entry, op, out = "arithmetic", ARITHMETIC.index(word), on.cupy.empty(shape, dtype)
    else:
        entry, op, out = "comparison", COMPARISON.index(word), on.cupy.empty(shape, numpy.bool_)
    walk, sx, sy = _walk(shape, x, y)
    args = [op, *_operand(x, sx), *_operand(y, sy), out, out.size, *walk.sizes[1:]]
    _launch(on, "elementwise.cu", {"NUMBER": TYPES[dtype.name]}, entry, walk, out.size, args)
    return out


def one(on: Any, word: str, x: Any) -> Any:
    """Give op x: `word` of ARITHMETIC, from `negative` on."""
    return two(on, word, x, 0)


def where(on: Any, condition: Any, x: Any, y: Any) -> Any:
    """Give x where the condition holds, y elsewhere."""
    dtype = _common(x, y)
    x, y = (_of_type(on, side, dtype) for side in (x, y))
    out = on.cupy.empty(_shape(condition, x, y), dtype)
    walk, sc, sx, sy = _walk(out.shape, condition, x, y)
    args = [condition, *sc, *_operand(x, sx), *_operand(y, sy), out, out.size, *walk.sizes[1:]]
    _launch(on, "elementwise.cu", {"NUMBER": TYPES[dtype.name]}, "choice", walk, out.size, args)
    return out


def write(on: Any, to: Any, value: Any) -> None:
    """Write a bare array or a number to where `to` is, a view, rounded to its type."""
    given = value.dtype if hasattr(value, "dtype") else to.dtype
    walk, st, sf = _walk(to.shape, to, value)
    args = [*_operand(value, sf), to, *st, to.size, *walk.sizes[1:]]
    macros: dict[str, str | int] = {"FROM": TYPES[given.name], "TO": TYPES[to.dtype.name]}
    _launch(on, "copies.cu", macros, "copy", walk, to.size, args)


def cast(on: Any, x: Any, dtype: Any) -> Any:
    """Give a packed copy of a bare array, of that type."""
    out = on.cupy.empty(x.shape, dtype)
    write(on, out, x)
    return out


def plain(on: Any, x: Any) -> Any:
    """Give a bare array in C order, itself where it is so."""
    return x if x.flags.c_contiguous else cast(on, x, x.dtype)


def blocks(on: Any, size: int) -> int:
    """Give how many blocks share out `size` entries."""
    return min(-(-size // BLOCK), int(on.multiprocessors) * 16)


def index_of(entries: int) -> str:
    """Give the type of whole numbers that counts so many entries: the short one is faster."""
    return "int32_t" if entries < SMALL else "int64_t"


def _launch(
    on: Any, file: str, macros: dict[str, str | int], entry: str, walk: _Walk, size: int, args: Any
) -> None:
    if size:
        macros |= {"DIMS": walk.axes, "INDEX": walk.counted_by}
        on.launch(file, macros, entry, (blocks(on, size),), (BLOCK,), args)


def _operand(x: Any, strides: Strides) -> tuple[Any, ...]:
    """Give what a kernel is told of an operand: its array, or null and a number; strides."""
    return (x, 0.0, *strides) if hasattr(x, "dtype") else (None, float(x), *strides)


def _common(x: Any, y: Any) -> numpy.dtype[Any]:
    """Give the type that two sides have in common; a plain number adapts to the other side."""
    sides = [getattr(side, "dtype", side) for side in (x, y)]
    return sides[0] if sides[0] == sides[1] else numpy.result_type(*sides)


def _of_type(on: Any, x: Any, dtype: Any) -> Any:
    return cast(on, x, dtype) if hasattr(x, "dtype") and x.dtype != dtype else x


def _shape(*sides: Any) -> tuple[int, ...]:
    shapes = [side.shape for side in sides if hasattr(side, "shape")]
    return shapes[0] if all(s == shapes[0] for s in shapes) else numpy.broadcast_shapes(*shapes)


class _Walk(NamedTuple):
    """How many axes there are, their sizes, filled up by 1, and the type that counts it all."""

    axes: int
    sizes: Strides
    counted_by: str


def _walk(shape: tuple[int, ...], *sides: Any) -> tuple[Any, ...]:
    """Give the walk over a shape and each side's strides, in entries."""
    return _joined(shape, tuple(_strides(side, len(shape)) for side in sides))


def _strides(side: Any, ndim: int) -> Strides:
    """Give strides in entries along the axes of the result: 0 where a side is repeated."""
    if not hasattr(side, "shape"):
        return (0,) * ndim
    own = tuple(
        stride // side.itemsize if size != 1 else 0
        for size, stride in zip(side.shape, side.strides, strict=True)
    )
    return (0,) * (ndim - len(own)) + own


@lru_cache(4096)
def _joined(shape: tuple[int, ...], strides: tuple[Strides, ...]) -> tuple[Any, ...]:
    """Take neighbouring axes as one where every side can."""
    axes: list[tuple[int, Strides]] = []
    for size, *steps in zip(shape, *strides, strict=True):
        if size == 1:
            continue
        inner = tuple(steps)
        if axes and all(a == size * b for a, b in zip(axes[-1][1], inner, strict=True)):
            axes[-1] = (axes[-1][0] * size, inner)
        else:
            axes.append((size, inner))
    if len(axes) > MOST_AXES:
        raise DataError(
            f"device 'cuda': wanted an array whose axes lie in memory as {MOST_AXES} or fewer,"
            f" found one of shape {shape} with {len(axes)}: use device 'cpu'"
        )
    reach = [
        sum((size - 1) * abs(steps[side]) for size, steps in axes) for side in range(len(strides))
    ]
    index = index_of(max(prod(shape), *reach))
    count = len(axes)
    axes += [(1, (0,) * len(strides))] * (MOST_AXES - count)
    walk = _Walk(max(count, 1), tuple(size for size, _ in axes), index)
    return walk, *(tuple(steps[side] for _, steps in axes) for side in range(len(strides)))
