"""The formulas of transformations as the kernels know them, for plans and steps of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy

from ...kernels import compiled
from . import functions

Arrays = Mapping[str, Any]


def told(b: Any, dtype: str, layer: Any, given: Any, p: Arrays) -> tuple[Any, ...]:
    """Give the formula of a layer, where its numbers are read and written, the width of a row.

    `dtype` is the spec's; `given` the shape that the layer is given, p its arrays.
    """
    formula = FORMULAS[layer.type](b, getattr(compiled(), f"Formula_{dtype}"), layer, given, p)
    inputs = layer.inputs or tuple(range(given[-1]))
    return formula, inputs, layer.outputs or inputs, given[-1]


def _normalize(b: Any, formulas: Any, layer: Any, given: Any, p: Arrays) -> Any:
    ends = (functions.plain(p[name]) for name in ("minimum", "maximum"))
    return formulas.normalize(*ends, layer.inverse, _in_float(layer))


def _decorrelate(b: Any, formulas: Any, layer: Any, given: Any, p: Arrays) -> Any:
    return formulas.linear(b.instructions, _doubles(p["matrix"]), None, None, _in_float(layer))


def _pca(b: Any, formulas: Any, layer: Any, given: Any, p: Arrays) -> Any:
    mean, E = _doubles(p["mean"]), p["eigenvectors"]
    matrix = _doubles(E if layer.inverse else E.T)
    less, start = (None, mean) if layer.inverse else (mean, None)
    return formulas.linear(b.instructions, matrix, less, start, _in_float(layer))


def _rearrange(b: Any, formulas: Any, layer: Any, given: Any, p: Arrays) -> Any:
    return formulas.rearrange(layer.count(given))


def _gauss(b: Any, formulas: Any, layer: Any, given: Any, p: Arrays) -> Any:
    with b.computing():
        tables = _doubles(layer.tables(b, p))
    ends = numpy.cumsum([n + 1 for n in layer.bins])
    first = _doubles(p["edges"][[0, *ends[:-1]]])
    last = _doubles(p["edges"][ends - 1])
    ways = (layer.flat, layer.inverse, _in_float(layer))
    return formulas.gauss(b.instructions, tables, first, last, *ways)


def _doubles(array: Any) -> Any:
    return functions.plain(array.astype("float64"))


def _in_float(layer: Any) -> bool:
    return bool(layer.working_type == "float32")


FORMULAS: dict[str, Callable[..., Any]] = {
    "decorrelate": _decorrelate,
    "gauss": _gauss,
    "normalize": _normalize,
    "pca": _pca,
    "rearrange": _rearrange,
}
