"""Functions of one number on the GPU, activations among them, there and back: one kernel each.

What becomes of one number is `kernels/activation_formulas.h`, as on every engine. A softmax takes
rows, by `softmax.cu`; an activation that the kernels do not know runs its own formula. All arrays
are bare.
"""

from __future__ import annotations

from math import gcd
from typing import Any, Final

from ..native.functions import BY_OUTPUT, KINDS, WORDS, Pair
from ..native.functions import pair as of
from .elementwise import BLOCK, blocks
from .trees import number

__all__ = ["LINEAR", "SOFTMAX", "activate", "apply", "back", "of"]

LINEAR: Final[Pair] = (KINDS["linear"], 0.0)
SOFTMAX: Final[Pair] = (KINDS["softmax"], 0.0)
CHAIN: Final = 128  # numbers of a row of softmax that one thread takes


def activate(b: Any, name: str, x: Any) -> Any:
    """Give exp, expm1, log, tanh, sigmoid or erf of x."""
    return _mapped(b, (KINDS[name], 0.0), x)


def apply(b: Any, function: Any, x: Any) -> Any:
    """Give y = f(x) for an activation of a spec; x itself where f is linear."""
    pair = of(function)
    if pair is None:
        return b.bare(function.apply(b, b.own(x)))
    if pair == LINEAR:
        return x
    return _rows(b, "softmax", x) if pair == SOFTMAX else _mapped(b, pair, x)


def back(b: Any, function: Any, x: Any, y: Any, dy: Any) -> Any:
    """Give dL/dx from dL/dy, where y = f(x); x may be None where f' is a function of y alone."""
    pair = of(function)
    if pair is None:
        return b.bare(function.back(b, *map(b.own, (x, y, dy))))
    if pair == LINEAR:
        return dy
    if pair == SOFTMAX:
        return _rows(b, "softmax_back", y, dy)
    kind, option = pair
    x = None if WORDS[kind] in BY_OUTPUT else b.plain(x)
    y, dy = b.plain(y), b.plain(dy)
    dx = b.cupy.empty(dy.shape, dy.dtype)
    _launch(b, "back", kind, [x, y, dy, dx], option)
    return dx


def _mapped(b: Any, pair: Pair, x: Any) -> Any:
    x = b.plain(x)
    y = b.cupy.empty(x.shape, x.dtype)
    _launch(b, "apply", pair[0], [x, y], pair[1])
    return y


def _launch(b: Any, name: str, kind: int, arrays: list[Any], option: float) -> None:
    result = arrays[-1]
    if not result.size:
        return
    starts = [int(array.data.ptr) for array in arrays if array is not None]
    width = gcd(16, *starts) // result.itemsize
    macros = number(result.dtype) | {"FUNCTION": kind, "WIDTH": width}
    grid = blocks(b.kernels, -(-result.size // width))
    args = [*arrays, result.size, option]
    b.kernels.launch("functions.cu", macros, name, (grid,), (BLOCK,), args)


def _rows(b: Any, name: str, *arrays: Any) -> Any:
    """Run a kernel of softmax on the rows of x, or of y and dy."""
    arrays = tuple(map(b.plain, arrays))
    result = b.cupy.empty(arrays[-1].shape, arrays[-1].dtype)
    if not result.size:
        return result
    width = result.shape[-1]
    rows, short = result.size // width, width <= CHAIN
    macros = number(result.dtype) | {"WIDTH": width if short else 0}
    shared = len(arrays) * 32 * (width | 1) * result.itemsize if short else 0
    grid = -(-rows // 32) if short else rows
    args = [*arrays, result, rows, width]
    b.kernels.launch("softmax.cu", macros, name, (grid,), (32,), args, shared)
    return result
