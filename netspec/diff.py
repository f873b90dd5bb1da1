"""What two models do not share: options of the spec, and numbers in the arrays.

layers.dense_1.units: 64 against 32
lstm_1/W: 3 of 1200 differ, most at [0, 4, 7]: 2 ulp (largest difference 1.19e-07)
dense_1/b: shape (64,) against (32,)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy

from .formats import Model, read
from .ulp import Distance, compare

MISSING = object()


class Change(NamedTuple):
    """One option of the spec, or one array as a whole, and what each side says of it."""

    path: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.path}: {self.left} against {self.right}"


class ArrayChange(NamedTuple):
    """One array that both sides hold in the same shape, with other numbers."""

    name: str
    distance: Distance

    def __str__(self) -> str:
        return f"{self.name}: {self.distance}"


class Difference(NamedTuple):
    """All that differs: `structure` in the specs and the shapes, `numbers` in the arrays."""

    structure: tuple[Change, ...]
    numbers: tuple[ArrayChange, ...]

    @property
    def same(self) -> bool:
        """Whether both are the same network, to the last bit."""
        return not (self.structure or self.numbers)

    def __str__(self) -> str:
        if self.same:
            return "the same network, to the last bit"
        return "\n".join(map(str, (*self.structure, *self.numbers)))

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        return {
            "same": self.same,
            "structure": [change._asdict() for change in self.structure],
            "numbers": [
                {"name": change.name} | change.distance.to_data() for change in self.numbers
            ],
        }


def diff(a: Any, b: Any) -> Difference:
    """Compare two models: files of any format (path, bytes, file object), Models or Networks.

    Extras (metadata, golden outputs, history) change no output and are not compared.
    Raises what reading a model raises.
    """
    one, two = _opened(a), _opened(b)
    left, right = (model.spec.to_data(defaults=True) for model in (one, two))
    structure = list(_changes("", left, right))
    numbers = []
    if (one.weights is None) != (two.weights is None):
        held = ("none" if m.weights is None else f"{len(m.weights)} arrays" for m in (one, two))
        structure.append(Change("weights", *held))
    weights, others = (model.weights or {} for model in (one, two))
    for name in {**weights, **others} if weights and others else ():
        x, y = weights.get(name), others.get(name)
        if x is None or y is None or x.shape != y.shape:
            structure.append(Change(name, _shape(x), _shape(y)))
        elif (distance := _distance(x, y)).where is not None:
            numbers.append(ArrayChange(name, distance))
    return Difference(tuple(structure), tuple(numbers))


def _opened(model: Any) -> Model:
    if hasattr(model, "spec") and hasattr(model, "weights"):
        return Model(model.spec, model.weights)
    return read(model)


def _distance(x: Any, y: Any) -> Distance:
    """Compare as the wider of two types, which holds the numbers of both."""
    wide = numpy.promote_types(x.dtype, y.dtype)
    return compare(x.astype(wide), y.astype(wide))


def _shape(array: Any) -> str:
    return "not there" if array is None else f"shape {array.shape}"


def _changes(path: str, left: Any, right: Any) -> Iterator[Change]:
    """Walk two trees of plain data side by side."""
    one, two = _by_name(left), _by_name(right)
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        if [key for key in one if key in two] != [key for key in two if key in one]:
            yield Change(path, *(", ".join(side) for side in (one, two)))
        for key in {**one, **two}:
            below = f"{path}.{key}".lstrip(".")
            yield from _changes(below, one.get(key, MISSING), two.get(key, MISSING))
    elif type(left) is not type(right) or left != right:
        yield Change(path, _text(left), _text(right))


def _by_name(data: Any) -> Any:
    """Turn a list of records with names (layers, variables) into a mapping from these names."""
    if isinstance(data, list) and data:
        names = [entry.get("name") for entry in data if isinstance(entry, dict)]
        if len(names) == len(data) and all(names) and len(set(names)) == len(names):
            return dict(zip(names, data, strict=True))
    return data


def _text(data: Any) -> str:
    if data is MISSING:
        return "not there"
    text = json.dumps(data, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
