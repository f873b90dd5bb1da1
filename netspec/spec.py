"""The whole spec: what goes in, the layers it passes through, what comes out, how to train it.

    netspec: 1
    name: jets
    input: {steps: 10, features: 30}
    layers:
      - {type: lstm, units: 10, return_sequences: true}
      - {type: flatten}
      - {type: dense, units: 1}
    output: {activation: sigmoid, classes: [Signal, Background]}

A spec holds no arrays. It is checked whole, shapes included, before anything is built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic.fields import FieldInfo

from . import meaning, specfile
from .errors import Place, Problem, SpecError
from .initializers import Starts
from .layers import Layer, Layers, Param, Shape, stack
from .layers.activations import Linear
from .layers.base import started
from .options import Kind, Table
from .problems import describe
from .settings import Training
from .signature import Input, Output

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Locate = Callable[[tuple[str | int, ...]], Place | None]


def _printable(name: str) -> str:
    """Refuse what no XML file can hold, before a network of that name is trained."""
    if UNPRINTABLE.search(name):
        raise ValueError(f"wanted a name without control characters, found {name[:60]!r}")
    return name


def _whole(version: Any) -> Any:
    """Refuse true and 1.0, which Python takes for 1."""
    if isinstance(version, bool | float):
        raise ValueError(f"wanted 1, found {str(version).lower()}")
    return version


class NetworkSpec(BaseModel):
    """A network in words: frozen, comparable, hashable, the same in every file format.

    Raises SpecError, with every problem found, when it cannot be built as it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", title="netspec network")

    netspec: Annotated[Literal[1], BeforeValidator(_whole)] = 1
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)] = (
        "network"
    )
    dtype: Literal["float32", "float64"] = "float32"
    seed: Annotated[int, Field(ge=0, le=2**64 - 1, strict=True)] = 0
    input: Input
    layers: Layers
    initializers: Starts = Table()
    output: Output = Output()
    training: Training | None = None
    tmva: dict[str, str] = {}

    def __init__(self, /, **data: Any) -> None:
        """Take the options of a spec file by name; only `input` and `layers` have no default.

        Raises SpecError with every problem.
        """
        try:
            super().__init__(**data)
        except ValidationError as error:
            problems = describe(error, _nowhere, type(self))
            raise SpecError(*problems, *_problems_of_sound_parts(data, problems)) from None
        problems = meaning.of_network(self.input, self.layers, self.output)
        problems = problems or meaning.of_starts(self.input, self.layers, self.initializers)
        problems += meaning.of_ids(self.dtype, self.layers)
        if self.training:
            problems += meaning.of_training(self.training, self.input, self.layers, self.output)
        if problems:
            raise SpecError(*problems)

    @classmethod
    def from_file(
        cls, source: Any, overrides: Sequence[str] = (), format: str | None = None
    ) -> NetworkSpec:
        """Read a spec from a path, a file object, bytes or a TMVA option string.

        `overrides` are settings such as `layers.0.units=64`; `format` is yaml, json, toml or
        tmva where a suffix does not tell. Raises SpecError with file, line and column of every
        problem, UnavailableError where there is no file to read.
        """
        return cls.from_document(specfile.gather(source, overrides=overrides, format=format))

    @classmethod
    def from_document(cls, document: specfile.Document) -> NetworkSpec:
        """Build a spec from what a file holds.

        Raises SpecError with every problem, those of the file and those of what it means.
        """
        try:
            spec = cls.from_data(document.data, document.place)
        except SpecError as error:
            document.refuse(error.problems)
            raise
        document.refuse()
        return spec

    @classmethod
    def from_data(cls, data: Any, place: Locate | None = None) -> NetworkSpec:
        """Build a spec from plain data; `place` tells where in a file a path stands.

        Raises SpecError with every problem, each with its place.
        """
        if not isinstance(data, Mapping):
            raise SpecError(f"wanted a mapping at the top, found {type(data).__name__}")
        try:
            return cls(**{str(key): value for key, value in data.items()})
        except SpecError as error:
            if place is None:
                raise
            located = [
                problem._replace(
                    place=problem.place
                    or place((*problem.path, specfile.KEY) if problem.key else problem.path)
                )
                for problem in error.problems
            ]
            raise SpecError(*sorted(located, key=lambda p: p.place or Place(""))) from None

    def to_data(self, defaults: bool = False) -> dict[str, Any]:
        """Give plain data that `from_data` reads back; with `defaults`, every option."""
        data: dict[str, Any] = self.model_dump(mode="json")
        return data if defaults else {"netspec": self.netspec} | _short(self, data)

    def canonical(self) -> str:
        """Give the one JSON text of this spec: every option, in the order of the fields."""
        return json.dumps(
            self.to_data(defaults=True), ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )

    def __hash__(self) -> int:
        return hash(self.canonical())

    def walk(self) -> Iterator[tuple[Layer, Shape]]:
        """Each layer with the shape it is given, without the batch axis."""
        return stack.walk(self.layers, self.input.sizes)

    def parameters(self) -> dict[str, Param]:
        """Every array of the network by its full name, `lstm_1/W`, with how it starts."""
        return started(stack.parameters(self.layers, self.input.sizes), self.initializers)

    def states(self) -> dict[str, Shape]:
        """The shape of every state by its full name, without the batch axis: `lstm_1/h`."""
        return stack.states(self.layers, self.input.sizes)

    @property
    def keeps_steps(self) -> bool:
        """Whether a sequence that comes in goes out as one of the same length."""
        return len(self.input.sizes) == 2 and all(layer.keeps_steps for layer in self.layers)

    def up_to_last_layer(self) -> NetworkSpec:
        """Give the network that returns what the last layer gives, all of it as it is."""
        output = self.output.model_copy(update={"activation": Linear(), "first": None})
        return self.model_copy(update={"output": output})

    @property
    def output_shape(self) -> Shape:
        """The shape of what a call returns for one event."""
        shape = stack.output_shape(self.layers, self.input.sizes)
        return shape if self.output.first is None else (*shape[:-1], self.output.first)


def _short(value: Any, data: Any) -> Any:
    """Leave out of `data`, the dump of `value`, every option that is as it would be anyway."""
    if isinstance(value, BaseModel) and isinstance(data, dict):
        short = {
            name: _short(getattr(value, name), data[name])
            for name, option in type(value).model_fields.items()
            if _is_tag(name, option) or getattr(value, name) != option.get_default()
        }
        return value.type if isinstance(value, Kind) and len(short) == 1 else short
    if isinstance(value, Table):
        return {key: _short(value[key], entry) for key, entry in data.items()}
    if not isinstance(value, tuple):
        return data
    rows = [_short(part, row) for part, row in zip(value, data, strict=True)]
    if value and isinstance(value[0], Layer):
        nameless = [{key: row[key] for key in row if key != "name"} for row in rows]
        rows = nameless if stack.name_layers(nameless) == rows else rows
    return rows


def _is_tag(name: str, option: FieldInfo) -> bool:
    """Say whether an option is the word that tells one kind of record from another."""
    return name == "type" and len(get_args(option.annotation)) == 1


def _nowhere(path: tuple[str | int, ...]) -> None:
    return None


def _problems_of_sound_parts(
    data: Mapping[str, Any], known: Sequence[Problem]
) -> tuple[Problem, ...]:
    """Problems of meaning in the parts of a spec that pydantic has nothing against."""
    broken = {problem.path[:1] for problem in known}
    if ("input",) in broken or "input" not in data or "layers" not in data:
        return ()
    rows = data["layers"]
    if not isinstance(rows, list | tuple):
        return ()
    at = [p.path[1] for p in known if p.path[:1] == ("layers",) and len(p.path) > 1]
    sound = rows[: min((n for n in at if isinstance(n, int)), default=len(rows))]
    if not sound:
        return ()
    whole = len(sound) == len(rows) and ("output",) not in broken
    try:
        return meaning.of_network(
            Input.model_validate(data["input"]),
            TypeAdapter(Layers).validate_python(sound),
            Output.model_validate(data.get("output", {})) if whole else None,
        )
    except ValidationError:
        return ()
