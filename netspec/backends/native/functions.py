"""Activations and cells by the kernels' numbers (`Kind`, `CellKind` in `job.h`); plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

WORDS: Final = (
    "linear", "relu", "sigmoid", "tanh", "symmrelu", "softsign", "gauss", "softmax",
    "elu", "leaky_relu", "gelu", "gelu_tanh", "hard_sigmoid", "rational_tanh",
    "exp", "expm1", "erf", "log",
)  # fmt: skip
KINDS: Final = {word: number for number, word in enumerate(WORDS)}
CELLS: Final = {"rnn": 0, "lstm": 1, "gru": 2}
MERGES: Final = {"concat": 0, "sum": 1, "mean": 2, "mul": 3}

# The way back of these asks for their output only.
BY_OUTPUT: Final = {"linear", "sigmoid", "tanh", "softmax", "hard_sigmoid", "rational_tanh"}

Pair = tuple[int, float]


def plain(array: Any) -> Any:
    """Give an array as the kernels read it: in C order, aligned, of no class of its own."""
    return numpy.require(numpy.asarray(array), requirements=["C", "A"])


def word(function: Any) -> str:
    """Give the kernels' word for an activation of a spec."""
    if function.type == "fast_tanh":
        return "tanh"
    if function.type == "gelu" and function.approximate == "tanh":
        return "gelu_tanh"
    if function.type == "tanh" and function.form == "rational":
        return "rational_tanh"
    return str(function.type)


def pair(function: Any) -> Pair | None:
    """Give number and option of an activation; None where the kernels do not know it."""
    if word(function) not in KINDS:
        return None
    option = getattr(function, "alpha", getattr(function, "slope", 0.0))
    return KINDS[word(function)], float(option)


def windows(layer: Any, given: Sequence[int]) -> list[int]:
    """Give image, kernel, stride and padding of a convolution or a pooling (`Windows`)."""
    stride = layer.stride or layer.kernel
    return [*given, *layer.kernel, *stride, *getattr(layer, "padding", (0, 0))]


def of_cell(layer: Any) -> tuple[Any, ...] | None:
    """Give the options of a recurrent layer in the kernels' order; None for an unknown one."""
    candidate = layer.activation
    gate = getattr(layer, "gate_activation", candidate)
    squash = getattr(layer, "squash_cell", candidate)
    pairs = [pair(gate), pair(candidate), pair(squash)]
    if layer.type not in CELLS or None in pairs:
        return None
    return (
        CELLS[layer.type],
        *pairs,
        getattr(layer, "forget_bias", 0.0),
        getattr(layer, "reset_after", False),
    )
