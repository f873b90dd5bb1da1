"""What goes into a network and what comes out: shapes, names, units, classes, targets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .errors import SpecError
from .layers import Shape
from .layers.activations import Activation, Linear
from .options import Finite, Record, Size


class Variable(Record):
    """One number of an event, or an array of `size` numbers (type "F[]").

    Types are TMVA's: float, double (which TMVA rounds to float), integer, array of floats.
    `name` is TMVA's label; `expression` (the name, where it is None) is what it is computed
    from; `minimum` and `maximum` describe the data the network was trained on.
    """

    name: Annotated[str, Field(min_length=1)]
    expression: str | None = None
    title: str | None = None
    unit: str = ""
    type: Literal["F", "D", "I", "F[]"] = "F"
    size: Size = 1
    minimum: Finite | None = None
    maximum: Finite | None = None

    @model_validator(mode="after")
    def _only_arrays_have_a_size(self) -> Self:
        if self.size > 1 and self.type != "F[]":
            raise ValueError(f"a size of {self.size} wants type 'F[]', found {self.type!r}")
        return self


class Input(Record):
    """The shape of one event, given in one of four ways.

    `features` with or without `steps` (without: sequences of any length); `shape`;
    `variables` alone, a flat event as TMVA's Reader takes it; `variables` beside `steps` or
    `features`, which then name the features. Spectators belong to the event and not to the
    network.
    """

    steps: Size | None = None
    features: Size | None = None
    shape: Annotated[tuple[Size, ...], Field(min_length=1, max_length=8)] | None = None
    variables: tuple[Variable, ...] = ()
    spectators: tuple[Variable, ...] = ()

    @model_validator(mode="after")
    def _one_way_only(self) -> Self:
        if self.shape and (self.steps or self.features):
            raise ValueError("wanted `shape` or `steps` and `features`, found both")
        if not (self.shape or self.features or self.variables):
            raise ValueError("wanted `features`, `shape` or `variables`, found none of them")
        if self.variables and self.columns != self.features_wanted:
            raise ValueError(
                f"wanted {self.features_wanted} variables, one for each feature,"
                f" found {self.columns}"
            )
        return self

    @property
    def columns(self) -> int:
        """The number of columns that the variables stand for."""
        return sum(variable.size for variable in self.variables)

    @property
    def features_wanted(self) -> int:
        """Numbers on the last axis."""
        return self.shape[-1] if self.shape else self.features or self.columns

    @property
    def sizes(self) -> Shape:
        """The shape of one event; None stands for any number of steps."""
        if self.shape:
            return self.shape
        if self.features or self.steps:
            return (self.steps, self.features_wanted)
        return (self.columns,)


class Output(Record):
    """What becomes of the last layer's numbers.

    `activation` is applied after the last layer, where a loss on logits does not see it;
    `first` keeps only so many of the outputs. `classes` or `targets` name them: one output
    with two classes is the score of the first.
    """

    activation: Activation = Linear()
    classes: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    targets: tuple[Variable, ...] = ()
    analysis: Literal["classification", "multiclass", "regression"] | None = None
    first: Size | None = None

    def check(self, given: Shape) -> None:
        """Raise SpecError unless the last layer's shape `given` fits what is said here."""
        width = given[-1] if given else None
        assert width is not None
        if self.first is not None and self.first > width:
            raise SpecError(
                f"wanted at most the {width} outputs of the last layer, found {self.first}",
                path=("first",),
            )
        width = self.first or width
        if self.classes and self.targets:
            raise SpecError("wanted `classes` or `targets`, found both", path=("targets",))
        if twice := [word for word in self.classes if self.classes.count(word) > 1]:
            raise SpecError(f"wanted every class once, found {twice[0]!r} twice", path=("classes",))
        if self.classes and width != len(self.classes) and (width, len(self.classes)) != (1, 2):
            wanted = "one or two classes for the one output"
            if width > 1:
                wanted = f"a class for each of the {width} outputs"
            raise SpecError(
                f"wanted {wanted}, found {len(self.classes)}",
                path=("classes",),
            )
        if self.targets and width != (found := sum(target.size for target in self.targets)):
            raise SpecError(
                f"wanted as many targets as outputs, {width}, found {found}",
                path=("targets",),
            )
