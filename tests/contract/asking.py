"""How the contract tests ask: both sides the same question, and answers as bits by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest

from netspec import Network
from netspec.backends.native import NativeBackend
from netspec.kernels import compiled
from netspec.layers import stack
from netspec.randomness import Stream

from . import model
from .drawing import Question
from .rounding import words

HERE = compiled() is not None
PATHS: tuple[str, ...] = tuple(compiled().paths()) if HERE else ()
REASON = "there are no compiled kernels"

only_where_compiled = pytest.mark.skipif(not HERE, reason=REASON)
every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])
every_path = pytest.mark.parametrize("path", PATHS or ["none"])  # "none" is skipped


class Plain(NativeBackend):
    """The formulas on the primitives of the exact engine: no twins, no plan."""

    twins: ClassVar[Mapping[str, Any]] = {}

    def plan(self, spec: Any, weights: Mapping[str, Any]) -> None:
        return None


def named(answer: model.Answer) -> dict[str, Any]:
    """Give every array of an answer by a name of its own."""
    parts = {"final": answer.final, "slope": answer.weights, "slope of the first": answer.state}
    flat = {f"{what} {k}": v for what, arrays in parts.items() for k, v in arrays.items()}
    return {"y": answer.y, "slope of x": answer.x, **flat}


def bits(arrays: Any) -> dict[str, bytes]:
    """Give the bytes of arrays by name, shape and type told with them."""
    if isinstance(arrays, tuple):
        arrays = named(arrays)
    return {
        f"{name} {array.dtype}{array.shape}": np.ascontiguousarray(array).tobytes()
        for name, array in arrays.items()
    }


def trained(
    one: Question, b: Any, lengths: Any = None, rng: tuple[Any, ...] | None = None
) -> model.Answer:
    """Run a question there and back on a backend; `rng` names the stream of a training step."""
    chance = None if rng is None else Stream(*rng)
    with b.computing():
        step, _ = stack.forward(
            one.layers, b, one.weights, one.x, lengths=lengths, state=one.state, rng=chance
        )
        slopes = step.back(one.dy, one.dfinal)
        parts = (step.y, step.state, slopes.x, slopes.weights, slopes.state)
        return model.Answer(*(canonical(b, part) for part in parts))


def canonical(b: Any, arrays: Any) -> Any:
    """Give an array, or arrays by name, with the NaN that a backend promises."""
    if isinstance(arrays, Mapping):
        return {name: b.canonical(array) for name, array in arrays.items()}
    return b.canonical(arrays)


def modelled(
    one: Question, lengths: Any = None, rng: tuple[Any, ...] | None = None
) -> model.Answer:
    """Run a question there and back by the model."""
    return model.train(
        one.layers, one.weights, one.x, one.dy, one.dfinal,
        lengths=lengths, state=one.state, rng=None if rng is None else Stream(*rng),
    )  # fmt: skip


def called(network: Network, x: Any, **options: Any) -> dict[str, bytes]:
    """Call a network; give the bits of output and final states."""
    y, final = network(x, return_state=True, **options)
    return bits({"y": y, **final})


def same(found: Mapping[str, Any], wanted: Mapping[str, Any], of: str = "") -> None:
    """Assert that two sets of bits are one, and say where not."""
    assert found.keys() == wanted.keys()
    differing = [name for name in wanted if found[name] != wanted[name]]
    assert not differing, f"{of}: other bits in {differing}"


def as_on_every_path(
    one: Question, lengths: Any = None, rng: tuple[Any, ...] | None = None, of: str = ""
) -> None:
    """Assert that every path and the formulas without twins give the model's bits."""
    wanted = bits(modelled(one, lengths, rng))
    for path in PATHS:
        for b in (NativeBackend(2, path), Plain(2, path)):
            assert b.engine.path == path
            same(bits(trained(one, b, lengths, rng)), wanted, f"{of} on {path}, {type(b).__name__}")


def hexadecimal(array: Any) -> list[str]:
    """Give the bits of an array, each number in hexadecimal digits."""
    width = 2 * array.dtype.itemsize
    return [f"{word:0{width}x}" for word in words(array).ravel().tolist()]
