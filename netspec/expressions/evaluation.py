"""From a tree and the numbers of some events to its value for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy

from .functions import FUNCTIONS, power, quotient, remainder
from .tree import Binary, Call, Choice, Name, Number, Tree

Array = Any


def _truth(x: Array) -> Array:
    """Give what C takes for true: all but 0, NaN too."""
    return x != 0


BINARY: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "+": numpy.add, "-": numpy.subtract, "*": numpy.multiply, "/": quotient, "%": remainder,
    "^": power, "**": power,
    "==": numpy.equal, "!=": numpy.not_equal, "<": numpy.less, "<=": numpy.less_equal,
    ">": numpy.greater, ">=": numpy.greater_equal,
    "&&": lambda x, y: _truth(x) & _truth(y), "||": lambda x, y: _truth(x) | _truth(y),
}  # fmt: skip
UNARY: Final[dict[str, Callable[[Array], Array]]] = {
    "+": numpy.positive, "-": numpy.negative, "!": lambda x: ~_truth(x),
}  # fmt: skip


def evaluate(tree: Tree, values: Mapping[str, Array]) -> Array:
    """Give the value of a tree in float64: (events,), or a single number where it has no names.

    `values` maps each of its names to numbers (events,) of any real dtype.

    >>> from .parser import parse
    >>> evaluate(parse("x > 1 ? x : 0"), {"x": numpy.array([1, 2, 3])})
    array([0., 2., 3.])
    """
    with numpy.errstate(all="ignore"):
        return _value(tree, values)


def _value(tree: Tree, values: Mapping[str, Array]) -> Array:
    if isinstance(tree, Number):
        return numpy.float64(tree.value)
    if isinstance(tree, Name):
        return numpy.asarray(values[tree.text], "float64")
    if isinstance(tree, Choice):
        yes, no = _value(tree.yes, values), _value(tree.no, values)
        return numpy.where(_truth(_value(tree.condition, values)), yes, no)
    if isinstance(tree, Call):
        call = FUNCTIONS[tree.function].call
        found = call(*(_value(argument, values) for argument in tree.arguments))
    elif isinstance(tree, Binary):
        found = BINARY[tree.operator](_value(tree.left, values), _value(tree.right, values))
    else:
        found = UNARY[tree.operator](_value(tree.operand, values))
    return numpy.asarray(found, "float64")
