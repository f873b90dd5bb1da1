"""What a network is made of, for reading: layers, shapes, numbers of parameters.

jets: 8,169 parameters (31.9 KiB in float32)

layer         output   parameters  what
input         10 x 30
|- lstm_1     10 x 10       1,640  lstm: units 10, return_sequences
|- flatten_1  100                  flatten
|- dense_1    64            6,464  dense: units 64, activation tanh
|- dense_2    1                65  dense: units 1
'- output     1                    sigmoid: Signal, Background
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from . import listing

if TYPE_CHECKING:
    from .layers import Layer, Shape
    from .spec import NetworkSpec


class Row(NamedTuple):
    """One layer: what it is given and gives (without the batch axis), and what it holds.

    `fixed` counts those of its parameters that are not trained, `options` are those that are not
    as they would be by default, `layers` are the rows of a stack inside it. `remembers`: it carries
    a state from step to step; `reverses`: a part of it reads from the end.
    """

    name: str
    type: str
    given: Shape
    output: Shape
    parameters: int
    fixed: int
    options: dict[str, Any]
    remembers: bool
    reverses: bool
    layers: tuple[Row, ...]

    @property
    def what(self) -> str:
        """The type and the options in words: `lstm: units 10, return_sequences`."""
        return ": ".join(filter(None, (self.type, words(self.options))))


class Report(NamedTuple):
    """A network in rows; `str()` gives the table, `to_data()` plain data for JSON."""

    spec: NetworkSpec
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Numbers in all arrays."""
        return sum(row.parameters for row in self.rows)

    @property
    def fixed(self) -> int:
        """Numbers in arrays that are not trained."""
        return sum(row.fixed for row in self.rows)

    @property
    def output(self) -> str:
        """What becomes of the last layer's numbers: `sigmoid: Signal, Background`."""
        given = self.spec.output
        names = (*given.classes, *(target.name for target in given.targets))
        activation = words({"": self.spec.to_data(defaults=True)["output"]["activation"]}).strip()
        width = self.rows[-1].output[-1] if self.rows else None
        first = f" of the first {given.first} of {width}" if given.first else ""
        return ": ".join(filter(None, (activation + first, ", ".join(names))))

    def __str__(self) -> str:
        return "\n".join([self.heading, "", *_table(list(self._lines())), *self._tables()])

    @property
    def heading(self) -> str:
        """Name, number of parameters and their size."""
        size = sum(
            prod(param.shape) * (4 if (param.dtype or self.spec.dtype) == "float32" else 8)
            for param in self.spec.parameters().values()
        )
        held = f", {self.fixed:,} of them not trained" if self.fixed else ""
        return (
            f"{self.spec.name}: {self.parameters:,} parameters{held} "
            f"({_bytes(size)} in {self.spec.dtype})"
        )

    def to_data(self) -> dict[str, Any]:
        """Give plain data."""
        spec = self.spec
        return {
            "name": spec.name,
            "dtype": spec.dtype,
            "seed": spec.seed,
            "input": list(spec.input.sizes),
            "output": list(spec.output_shape),
            "parameters": self.parameters,
            "not_trained": self.fixed,
            "layers": list(map(_row_data, self.rows)),
            "variables": [variable.model_dump() for variable in spec.input.variables],
            "spectators": [variable.model_dump() for variable in spec.input.spectators],
            "output_activation": spec.to_data(defaults=True)["output"]["activation"],
            "classes": list(spec.output.classes),
            "targets": [variable.model_dump() for variable in spec.output.targets],
            "analysis": spec.output.analysis,
        }

    def _lines(self) -> Iterator[tuple[str, ...]]:
        yield "layer", "output", "parameters", "what"
        yield "input", shape_text(self.spec.input.sizes), "", ""
        for row in self.rows:
            yield from _row_lines(row, "|- ")
        yield "'- output", shape_text(self.spec.output_shape), "", self.output

    def _tables(self) -> Iterator[str]:
        """Yield the lines about variables, where the spec names any."""
        groups = {
            "variable": self.spec.input.variables,
            "spectator": self.spec.input.spectators,
            "target": self.spec.output.targets,
        }
        for title, variables in groups.items():
            if variables:
                yield ""
                yield from _table(listing.lines(title, variables))
            if (more := listing.left_out(variables)) > 0:
                yield f"and {more:,} more"


def report(spec: NetworkSpec) -> Report:
    """Make the report of a spec."""
    return Report(spec, tuple(_row(layer, given) for layer, given in spec.walk()))


def shape_text(shape: Shape) -> str:
    """Give a shape in words; None is any number of steps.

    >>> shape_text((None, 30))
    'any x 30'
    """
    return " x ".join("any" if size is None else str(size) for size in shape)


def words(options: Any) -> str:
    """Give options in words, as short as they are clear.

    >>> words({"units": 10, "bias": False, "return_sequences": True, "activation": {"type": "elu"}})
    'units 10, no bias, return_sequences, activation elu'
    """
    return ", ".join(
        key if value is True else f"no {key}" if value is False else f"{key} {_word(value)}"
        for key, value in options.items()
    )


def _word(value: Any) -> str:
    if isinstance(value, dict):  # an activation with options of its own
        rest = words({key: option for key, option in value.items() if key != "type"})
        return f"{value.get('type', '')} ({rest})" if rest else str(value.get("type", ""))
    if isinstance(value, list | tuple):
        shown = [_word(entry) for entry in value[:4]] + ["..."] * (len(value) > 4)
        return f"[{' '.join(shown)}]"
    return str(value)


def _row(layer: Layer, given: Shape) -> Row:
    options = layer.model_dump(
        mode="json", exclude_defaults=True, exclude={"type", "name", "layers"}
    )
    sizes = [(prod(param.shape), param.trainable) for param in layer.parameters(given).values()]
    inner, rows = given, []
    for below in getattr(layer, "layers", ()):
        rows.append(_row(below, inner))
        inner = below.output_shape(inner)
    return Row(
        name=layer.name,
        type=layer.type,
        given=given,
        output=layer.output_shape(given),
        parameters=sum(size for size, _ in sizes),
        fixed=sum(size for size, trainable in sizes if not trainable),
        options=options,
        remembers=bool(layer.states(given)),
        reverses=layer.reverses,
        layers=tuple(rows),
    )


def _row_lines(row: Row, mark: str) -> Iterator[tuple[str, ...]]:
    count = f"{row.parameters:,}" if row.parameters else ""
    yield mark + row.name, shape_text(row.output), count, row.what
    for below in row.layers:
        yield from _row_lines(below, f"|  {mark}")


def _row_data(row: Row) -> dict[str, Any]:
    data = {
        "name": row.name,
        "type": row.type,
        "given": list(row.given),
        "output": list(row.output),
        "parameters": row.parameters,
        "not_trained": row.fixed,
        "options": row.options,
    }
    return data | ({"layers": list(map(_row_data, row.layers))} if row.layers else {})


def _table(lines: Sequence[Sequence[str]]) -> list[str]:
    """Set columns in order; a column of numbers stands to the right, an empty one is left out."""
    columns = []
    for head, *cells in zip(*lines, strict=True):
        width = max(map(len, (head, *cells)))
        numbers = all(cell.replace(",", "").isdigit() for cell in cells if cell)
        if any(cells):
            columns.append(
                [f"{c:>{width}}" if numbers else f"{c:<{width}}" for c in (head, *cells)]
            )
    return ["  ".join(line).rstrip() for line in zip(*columns, strict=True)]


def _bytes(size: float) -> str:
    """Give a number of bytes as people read it.

    >>> _bytes(32676)
    '31.9 KiB'
    """
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.1f} {unit}" if isinstance(size, float) else f"{size} {unit}"
        size = size / 1024
    return f"{size:.1f} GiB"
