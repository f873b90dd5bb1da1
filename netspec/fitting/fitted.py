"""Transformations with what they learned: as layers around a network, and on data beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy
from pydantic import TypeAdapter

from ..dataset.transformed import transformed
from ..layers import Layers, stack
from ..prepared import Prepared
from ..spec import NetworkSpec
from ..transformations import in_front, of_targets

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Dataset
    from ..layers import Layer, Param

Run = Callable[[Any, Any], Any]


class Fitted(NamedTuple):
    """Layers `before` a network and `after` it, their arrays by full name, and what asked for them.

    Those after it undo what was done to targets, the last first. All of them keep the shape of an
    event.
    """

    text: str
    before: tuple[Layer, ...] = ()
    after: tuple[Layer, ...] = ()
    arrays: Mapping[str, Any] = {}

    def with_another(
        self, spec: NetworkSpec, kind: str, options: dict[str, Any], arrays: Mapping[str, Any]
    ) -> Fitted:
        """Give these and one more, of variables ("V") or of targets ("T")."""
        before: list[Any] = [*self.before]
        after: list[Any] = [*self.after]
        sizes = spec.input.sizes
        if kind == "T":
            after.insert(0, {**options, "inverse": True})
        elif len(sizes) <= 2:
            before.append(options)
        elif before:
            before.insert(-1, options)
        else:
            before = [{"type": "flatten"}, options, {"type": "reshape", "shape": list(sizes)}]
        rows = [*before, *spec.layers, *after]
        named = _layers(rows)
        (new,) = (
            layer
            for layer, row in zip(named, rows, strict=True)
            if isinstance(row, dict) and row["type"] == options["type"]
        )
        table = stack.parameters(named, sizes)
        own = {
            full: numpy.asarray(array, table[full].dtype or spec.dtype)
            for full, array in ((f"{new.name}/{name}", array) for name, array in arrays.items())
        }
        first, last = len(before), len(named) - len(after)
        return Fitted(self.text, named[:first], named[last:], {**self.arrays, **own})

    @classmethod
    def of_network(cls, spec: NetworkSpec, weights: Mapping[str, Any], regression: bool) -> Fitted:
        """Give those that a network has already; of its end only where it is a `regression`.

        What changes the shape of an event is left where it is.
        """
        first, last = in_front(spec.layers), of_targets(spec.layers)
        before = spec.layers[:first]
        if stack.output_shape(before, spec.input.sizes) != spec.input.sizes:
            before = ()
        after = spec.layers[len(spec.layers) - last :]
        if not regression or spec.output.activation.type != "linear":
            after = ()
        if len(before) + len(after) == len(spec.layers):
            before = after = ()
        own = {layer.name for layer in (*before, *after)}
        return cls("", before, after, {n: w for n, w in weights.items() if _layer_of(n) in own})

    def around(self, spec: NetworkSpec) -> NetworkSpec:
        """Give the spec with the layers around its own; its `transform` is done with."""
        assert spec.training is not None
        training = spec.training.model_copy(update={"transform": ""})
        layers = (*self.before, *spec.layers, *self.after)
        return spec.model_copy(update={"layers": layers, "training": training})

    def inside(self, spec: NetworkSpec) -> NetworkSpec:
        """Undo `around`: give the spec of the network proper.

        It is `spec` itself where these transformations are not around it.
        """
        first, last = len(self.before), len(spec.layers) - len(self.after)
        framed = spec.layers[:first] == self.before and spec.layers[last:] == self.after
        there = self.before or self.after
        if spec.training is None or not framed or not there or first >= last:
            return spec
        training = spec.training.model_copy(update={"transform": self.text})
        return spec.model_copy(update={"layers": spec.layers[first:last], "training": training})

    def seen(self, b: Backend, spec: NetworkSpec, events: Dataset) -> Dataset:
        """Give the events as the network proper sees them, targets included."""
        formulas = {}
        if self.before:
            formulas["x"] = self._run(b, spec.dtype, spec.input.sizes, self.before)
        if self.after:
            sizes = (*events.answers.axes, events.answers.width)
            formulas["t"] = self._run(b, spec.dtype, sizes, self._forward)
        return transformed(events, spec, **formulas) if formulas else events

    @property
    def _forward(self) -> tuple[Layer, ...]:
        """What is done to targets, the first first."""
        return tuple(_turned(layer) for layer in reversed(self.after))

    def _run(self, b: Backend, dtype: Any, sizes: Any, layers: tuple[Layer, ...]) -> Run:
        given: Any = {"features": sizes[-1]} if None in sizes else {"shape": sizes}
        spec = NetworkSpec(dtype=dtype, input=given, layers=layers)
        arrays = {name: self.arrays[name] for name in spec.parameters()}
        prepared = Prepared(spec, arrays, b)
        return lambda values, lengths: prepared.run(values, lengths, None, False)[0]

    def to_text(self) -> str:
        """Give all but the arrays as JSON."""
        rows = [[layer.model_dump(mode="json") for layer in some] for some in self[1:3]]
        return json.dumps({"text": self.text, "before": rows[0], "after": rows[1]})

    @classmethod
    def of_text(cls, text: str) -> Fitted:
        """Give what `to_text` said. Raises ValueError, TypeError, KeyError where it is none."""
        data = json.loads(text)
        before, after = (_layers(data[key]) if data[key] else () for key in ("before", "after"))
        return cls(str(data["text"]), before, after)

    def table(self, spec: NetworkSpec) -> dict[str, Param]:
        """Say what every array is. Raises SpecError where the layers do not fit the spec."""
        own = {layer.name for layer in (*self.before, *self.after)}
        table = stack.parameters(self.around(spec).layers, spec.input.sizes)
        return {name: param for name, param in table.items() if _layer_of(name) in own}


NOTHING: Final = Fitted("")


def _layers(rows: Sequence[Any]) -> tuple[Layer, ...]:
    layers: tuple[Layer, ...] = TypeAdapter(Layers).validate_python(rows)
    return layers


def _turned(layer: Any) -> Layer:
    """Give what a layer undoes, which writes where it reads."""
    update: dict[str, Any] = {"inverse": False}
    if layer.outputs is not None:
        update |= {"inputs": layer.outputs, "outputs": layer.inputs}
    turned: Layer = layer.model_copy(update=update)
    return turned


def _layer_of(name: str) -> str:
    return name.partition("/")[0]
