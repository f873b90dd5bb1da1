"""What the `training:` section of a spec says: loss, optimizer, and when to stop."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from .optimizers import AnyOptimizer
from .optimizers.adam import Adam
from .options import Fraction, NotNegative, Record, Size


class Regularization(Record):
    """A penalty of strength times sum |w| (l1) or sum w^2 (l2) over weight matrices."""

    type: Literal["none", "l1", "l2"] = "none"
    strength: NotNegative = 0.0


class Phase(Record):
    """One stretch of training.

    `patience` is the number of epochs without improvement after which it ends (None: never),
    `validate_every` the epochs between two looks at the validation set, `dropout` the
    probability to drop an input of the first, second ... layer.
    """

    optimizer: AnyOptimizer = Adam()
    batch_size: Size = 100
    epochs: Size = 20
    patience: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] | None = None
    validate_every: Size = 1
    regularization: Regularization = Regularization()
    dropout: tuple[Fraction, ...] = ()


def _part_or_events(validation: float) -> float:
    if validation >= 1 and not validation.is_integer():
        raise ValueError(f"wanted a part below 1 or a whole number of events, found {validation}")
    return validation


class Training(Phase):
    """The whole section: a loss, the part kept for validation, and one phase or several.

    `validation` below 1 is a fraction of the data, from 1 on a number of events. Where
    `phases` is given, the phases stand there, each complete.
    """

    loss: Literal["cross_entropy", "softmax_cross_entropy", "squared_error"] = "cross_entropy"
    validation: Annotated[NotNegative, AfterValidator(_part_or_events)] = 0.2
    phases: tuple[Phase, ...] = ()

    @model_validator(mode="after")
    def _phases_stand_alone(self) -> Self:
        beside = [
            name
            for name, option in Phase.model_fields.items()
            if getattr(self, name) != option.get_default()
        ]
        if self.phases and beside:
            raise ValueError(f"wanted `{beside[0]}` in each of the phases, found it beside them")
        return self
