"""Layers in a row: what one gives, the next one takes.

The names of a layer's weights and states are headed by its own, `lstm_1/W`. Beyond the last
valid step of a sequence every layer is given 0 and its output is taken as 0, so that neither
what a batch is padded with nor how long it is padded has any influence, on gradients too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Problem, SpecError
from .base import Arrays, Forward, Gradients, Layer, Named, Param, Shape

if TYPE_CHECKING:
    from ..backends import Array, Backend
    from ..randomness import Stream


def name_layers(layers: Any) -> Any:
    """Give each row without a name one of its own: `lstm_1`, `lstm_2` ...

    Rows are dictionaries or layers; what is neither is left for pydantic to refuse.
    """
    if isinstance(layers, Iterator):
        layers = tuple(layers)
    if not isinstance(layers, list | tuple):
        return layers
    taken = {name for row in layers if isinstance(name := _get(row, "name"), str)}
    named, count = [], dict[str, int]()
    for row in layers:
        kind = _get(row, "type")
        if isinstance(kind, str) and _get(row, "name") in ("", None):
            while True:
                count[kind] = count.get(kind, 0) + 1
                name = f"{kind}_{count[kind]}"
                if name not in taken:
                    break
            row = (
                row.model_copy(update={"name": name})
                if isinstance(row, Layer)
                else {**row, "name": name}
            )
        named.append(row)
    return named


def _get(row: Any, key: str) -> Any:
    return row.get(key) if isinstance(row, Mapping) else getattr(row, key, None)


def names_used_twice(layers: Sequence[Layer]) -> tuple[Problem, ...]:
    """A problem for every layer whose name is an earlier layer's, with the path `(index, name)`."""
    first: dict[str, int] = {}
    return tuple(
        Problem(
            (n, "name"),
            f"wanted a name of its own, found {layer.name!r}, the name of layer"
            f" {first[layer.name]} too",
        )
        for n, layer in enumerate(layers)
        if first.setdefault(layer.name, n) < n
    )


def walk(layers: Sequence[Layer], given: Shape) -> Iterator[tuple[Layer, Shape]]:
    """Each layer with the shape it is given.

    Raises SpecError, with the path `(index, option)`, at the first layer that cannot take it.
    """
    for layer, shape, _ in _steps(layers, given):
        yield layer, shape


def every(layers: Sequence[Layer]) -> Iterator[tuple[str, Layer]]:
    """Each layer by its name, and those inside it: `bidirectional_1`, `bidirectional_1/lstm_1`."""
    for layer in layers:
        yield layer.name, layer
        for name, inner in every(getattr(layer, "layers", ())):
            yield f"{layer.name}/{name}", inner


def holder(layers: Sequence[Layer], name: str) -> Layer:
    """The layer that holds an array of that full name; where layers hold others, the innermost."""
    first, _, rest = name.partition("/")
    layer = next(layer for layer in layers if layer.name == first)
    inner = getattr(layer, "layers", ())
    return holder(inner, rest.partition("/")[2]) if inner else layer


def output_shape(layers: Sequence[Layer], given: Shape) -> Shape:
    """Shape after the last layer."""
    for _, _, shape in _steps(layers, given):
        given = shape
    return given


def _steps(layers: Sequence[Layer], given: Shape) -> Iterator[tuple[Layer, Shape, Shape]]:
    """Each layer with the shape it is given and the shape it gives."""
    for n, layer in enumerate(layers):
        if n and layer.id_count:
            raise SpecError(
                f"wanted it first, where the ids come in, found it behind {layers[0].name!r}",
                path=(n,),
            )
        try:
            gives = layer.output_shape(given)
        except SpecError as error:
            raise error.below(n) from None
        yield layer, given, gives
        given = gives


def parameters(layers: Sequence[Layer], given: Shape) -> dict[str, Param]:
    """Every array of the stack by its full name, with how it starts.

    Raises SpecError, with the path `(index, option)`, where one cannot start as its layer says.
    """
    found: dict[str, Param] = {}
    for n, (layer, shape) in enumerate(walk(layers, given)):
        try:
            own = layer.starting(shape)
        except SpecError as error:
            raise error.below(n) from None
        found |= {f"{layer.name}/{k}": param for k, param in own.items()}
    return found


def states(layers: Sequence[Layer], given: Shape) -> dict[str, Shape]:
    """The shape of every state of the stack by its full name."""
    return {
        f"{layer.name}/{k}": state
        for layer, shape in walk(layers, given)
        for k, state in layer.states(shape).items()
    }


def apply(
    layers: Sequence[Layer],
    b: Backend,
    p: Arrays,
    x: Array,
    *,
    lengths: Array | None = None,
    state: Arrays | None = None,
) -> tuple[Array, dict[str, Array], Array | None]:
    """Return the output, the final states and the lengths that still hold for the output."""
    x = padded(b, x, lengths)
    final: Named = {}
    weights, start = by_layer(p), by_layer(state)
    for layer in layers:
        name = layer.name
        x, last = layer.apply(
            b, weights.get(name, {}), x, lengths=lengths, state=start.get(name, {})
        )
        final |= {f"{name}/{k}": value for k, value in last.items()}
        lengths = lengths if layer.keeps_steps else None
        x = padded(b, x, lengths)
    return x, final, lengths


def forward(
    layers: Sequence[Layer],
    b: Backend,
    p: Arrays,
    x: Array,
    *,
    rng: Stream | None = None,
    lengths: Array | None = None,
    state: Arrays | None = None,
) -> tuple[Forward, Array | None]:
    """Return what a layer's `forward` returns, and the lengths that hold for the output."""
    first, backs = lengths, list[Any]()
    final: Named = {}
    updates: Named = {}
    x = padded(b, x, lengths)
    weights, start = by_layer(p), by_layer(state)
    for layer in layers:
        name = layer.name
        step = layer.forward(
            b,
            weights.get(name, {}),
            x,
            rng=None if rng is None else rng.of(name),
            lengths=lengths,
            state=start.get(name, {}),
        )
        final |= {f"{name}/{k}": value for k, value in step.state.items()}
        updates |= {f"{name}/{k}": value for k, value in step.updates.items()}
        lengths = lengths if layer.keeps_steps else None
        x = padded(b, step.y, lengths)
        backs.append((name, step.back, lengths))

    # Below it nobody learns: these are gone back through only where the slope in x is asked for.
    lowest = next(
        (n for n, one in enumerate(layers) if one.learns and one.name in weights), len(layers)
    )

    def back(dy: Array, dstate: Arrays | None = None) -> Gradients:
        dweights: Named = {}
        dstart: Named = {}
        dfinal = by_layer(dstate)
        d = Gradients(dy, {}, {})
        for name, layer_back, valid in reversed(backs[lowest:]):
            d = layer_back(padded(b, d.x, valid), dfinal.get(name, {}))
            dweights |= {f"{name}/{k}": value for k, value in d.weights.items()}
            dstart |= {f"{name}/{k}": value for k, value in d.state.items()}

        def dx() -> Array:
            dx = d.x
            for _, layer_back, valid in reversed(backs[:lowest]):
                dx = layer_back(padded(b, dx, valid), {}).x
            return padded(b, dx, first)

        return Gradients(dx, dweights, dstart)

    return Forward(x, final, updates, back), lengths


def by_layer(arrays: Arrays | None) -> dict[str, Named]:
    """Arrays by the name of their layer, and there by the name that the layer itself uses.

    >>> by_layer({"lstm_1/W": 1, "lstm_1/b": 2, "dense_1/W": 3})
    {'lstm_1': {'W': 1, 'b': 2}, 'dense_1': {'W': 3}}
    """
    found: dict[str, Named] = {}
    for full, array in (arrays or {}).items():
        layer, _, name = full.partition("/")
        found.setdefault(layer, {})[name] = array
    return found


def padded(b: Backend, x: Array, lengths: Array | None) -> Array:
    """x (batch, steps, features) with 0 beyond each sequence's last valid step."""
    if lengths is None:
        return x
    return b.where(b.mask(lengths, x.shape[1])[:, :, None], x, 0.0)
