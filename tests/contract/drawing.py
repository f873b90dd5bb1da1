"""Stacks of layers with weights, inputs and slopes, drawn by name: the same for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from netspec import Network, NetworkSpec, initializers
from netspec.errors import SpecError
from netspec.layers import Layer, stack
from netspec.randomness import Stream
from tests.asking import layers_of
from tests.specimens import SEQUENTIAL, SHAPE, shape_of

ENDS = {
    "float32": [1e-45, 1.1754942e-38, 1.1754944e-38, 3.4028235e38],
    "float64": [5e-324, 2.225073858507201e-308, 2.2250738585072014e-308, 1.7976931348623157e308],
}
PLAIN = [0.0, 1e-20, 1e-4, 0.3, 0.5, 1.0, 1.5, 2.75, 7.0, 20.0, 88.0, 104.0, 709.0, 750.0, np.inf]


class Question(NamedTuple):
    """A stack of layers, its weights, and what to run it with, there and back."""

    layers: tuple[Layer, ...]
    weights: dict[str, Any]
    x: Any
    state: dict[str, Any]
    dy: Any
    dfinal: dict[str, Any]


def specials(dtype: str) -> Any:
    """Give numbers at which something ends or begins, of both signs, and NaN."""
    one_sign = [*PLAIN, *ENDS[dtype]]
    return np.array([*one_sign, *(-x for x in one_sign), np.nan], dtype)


def uniform(name: str, shape: Sequence[int], dtype: str) -> Any:
    """Draw numbers from -1 to 1, evenly."""
    return (2 * Stream("contract", name).uniform(shape) - 1).astype(dtype)


def strewn(array: Any, name: str, share: float = 0.2) -> Any:
    """Give an array with special numbers in the place of some."""
    drawn = Stream("contract", "strewn", name)
    values = specials(array.dtype.name)
    chosen = values[(drawn.words(array.shape) % np.uint64(len(values))).astype(int)]
    return np.where(drawn.happens(share, array.shape), chosen, array)


def near_its_start(param: Any, name: str) -> Any:
    """Draw an array that is not trained around what it starts as, in float64."""
    start = initializers.draw(param.initializer, None, param.shape, "float64")
    return start + uniform(name, param.shape, "float64") / 8


def drawn(
    rows: Sequence[dict[str, Any]],
    shape: Sequence[int],
    batch: int,
    dtype: str,
    name: str = "",
    scale: float = 1.0,
    special: float = 0.0,
) -> Question:
    """Draw everything that a stack needs, to be run there and back; a share of it `special`."""
    layers = layers_of(list(rows))
    states = stack.states(layers, tuple(shape))
    out = stack.output_shape(layers, tuple(shape))

    def array(what: str, size: Sequence[int], factor: float = 1.0) -> Any:
        values = (factor * uniform(f"{name}/{what}", size, "float64")).astype(dtype)
        return strewn(values, f"{name}/{what}", special) if special else values

    count = layers[0].id_count
    ids = Stream("contract", f"{name}/ids").uniform((batch, *shape)) * (count or 0) // 1
    ids = ids.astype(dtype)
    weights = {
        k: array(k, param.shape, scale)
        if param.trainable or layers[0].id_count
        else near_its_start(param, f"{name}/{k}").astype(param.dtype or dtype)
        for k, param in stack.parameters(layers, tuple(shape)).items()
    }
    return Question(
        layers,
        weights,
        array("x", (batch, *shape), 2.0) if count is None else ids,
        {k: array(f"state {k}", (batch, *size)) for k, size in states.items()},
        array("dy", (batch, *out)),
        {k: array(f"final {k}", (batch, *size)) for k, size in states.items()},
    )


def network(
    one: Question, b: Any, output: dict[str, Any] | None = None, any_steps: bool = False
) -> Network:
    """Make a network of a specimen on a backend."""
    shape = one.x.shape[1:]
    given: dict[str, Any] = {"features": shape[-1]} if any_steps else {"shape": shape}
    spec = NetworkSpec(dtype=one.x.dtype.name, input=given, layers=one.layers, output=output or {})
    return Network(spec, one.weights, b)


def of_row(row: dict[str, Any], dtype: str, batch: int = 2, steps: int = SHAPE[0]) -> Question:
    """Draw what a specimen of `tests/specimens.py` needs."""
    given = shape_of(row)
    return drawn([row], (steps, *SHAPE[1:]) if given == SHAPE else given, batch, dtype, str(row))


def takes_any_steps(row: dict[str, Any]) -> bool:
    """Say whether a layer takes sequences of any number of steps."""
    try:
        layers_of([row])[0].output_shape((None, *SHAPE[1:]))
    except SpecError:
        return False
    return True


ANY_STEPS = {key: row for key, row in SEQUENTIAL.items() if takes_any_steps(row)}


def part(one: Question, which: Any) -> Question:
    """Give some events of a specimen."""
    return one._replace(
        x=one.x[which],
        state={k: v[which] for k, v in one.state.items()},
        dy=one.dy[which],
        dfinal={k: v[which] for k, v in one.dfinal.items()},
    )
