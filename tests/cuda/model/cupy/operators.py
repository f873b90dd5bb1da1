"""What `ndarray` does between two operands, or to one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .array import ndarray
from .operands import computed

TWO = {
    **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide},
    **{"floordiv": np.floor_divide, "mod": np.remainder, "and": np.bitwise_and},
    **{"or": np.bitwise_or, "xor": np.bitwise_xor},
}
COMPARED = {
    **{"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal},
    **{"eq": np.equal, "ne": np.not_equal},
}
ONE = {"neg": np.negative, "abs": np.abs, "invert": np.invert}


def _forward(function: Any) -> Any:
    return lambda self, other: computed(function, self, other)


def _backward(function: Any) -> Any:
    return lambda self, other: computed(function, other, self)


def _in_place(function: Any) -> Any:
    def operator(self: ndarray, other: Any) -> ndarray:
        self[...] = computed(function, self, other)
        return self

    return operator


def give_operators() -> None:
    """Set them."""
    for word, function in (TWO | COMPARED).items():
        setattr(ndarray, f"__{word}__", _forward(function))
    for word, function in TWO.items():
        setattr(ndarray, f"__r{word}__", _backward(function))
        setattr(ndarray, f"__i{word}__", _in_place(function))
    for word, function in ONE.items():
        setattr(ndarray, f"__{word}__", lambda self, function=function: computed(function, self))
    ndarray.__hash__ = None  # type: ignore[assignment]
