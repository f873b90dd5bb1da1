"""What the `training:` section of a spec says: loss, optimizer, schedule, and when to stop."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from .losses import AnyLoss
from .losses.cross_entropy import CrossEntropy
from .optimizers import AnyOptimizer
from .optimizers.adam import Adam
from .options import Flag, Fraction, NotNegative, Positive, Record, Size, Table
from .schedules import AnySchedule
from .schedules.constant import Constant
from .specfile import tmva_transform

ClassWeights = Annotated[
    Annotated[Literal["balanced"], Tag("word")]
    | Annotated[dict[str, NotNegative], AfterValidator(Table), Tag("table")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "table"),
]


class Regularization(Record):
    """A penalty of strength times sum |w| (l1) or sum w^2 (l2) over weight matrices."""

    type: Literal["none", "l1", "l2"] = "none"
    strength: NotNegative = 0.0


class Clip(Record):
    """A limit to gradients: first each number to +-`value`, then all of them to one `norm`.

    The norm is that of all gradients together; where it is larger, each is scaled by one factor.
    """

    norm: Positive | None = None
    value: Positive | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.norm is None and self.value is None:
            raise ValueError("wanted `norm` or `value`, found neither of them")
        return self


class Phase(Record):
    """One stretch of training.

    `patience` is the number of epochs without improvement after which it ends (None: never; 0 is
    taken as 1), `validate_every` the epochs between two looks at the validation set, of which one
    follows the last epoch, `dropout` the probability to drop an input of the first, second ...
    layer behind the transformations that stand in front.
    """

    optimizer: AnyOptimizer = Adam()
    schedule: AnySchedule = Constant()
    batch_size: Size = 100
    epochs: Size = 20
    patience: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] | None = None
    validate_every: Size = 1
    regularization: Regularization = Regularization()
    clip: Clip | None = None
    dropout: tuple[Fraction, ...] = ()


def _part_or_events(validation: float) -> float:
    if validation >= 1 and not validation.is_integer():
        raise ValueError(f"wanted a part below 1 or a whole number of events, found {validation}")
    return validation


def _transformations(text: str) -> str:
    return tmva_transform.write(tmva_transform.items(text))


class Training(Phase):
    """The whole section: a loss, the part kept for validation, and one phase or several.

    `validation` below 1 is a fraction of the data, from 1 on a number of events. Where `phases` is
    given, the phases stand there, each complete; each begins with the best weights so far.
    `class_weights` multiply the weights of events: `balanced` makes all classes count the same, a
    mapping names a factor for each class, 1 where it leaves one out. `truncate` is the number of
    steps that gradients go back in time: long sequences are cut into windows of so many, each one a
    step of the optimizer that draws its own dropout, and the state goes on from one to the next.
    `transform` says what is done to variables and targets first, in the words of TMVA's
    `VarTransform`, such as `G+D`: `N` brings them to -1 ... 1, `D` decorrelates them, `P` makes
    principal components of them, `G` normal and `U` flat densities. It is fitted on the events that
    are trained on, and the trained network holds it as layers.
    The rules `tmva` split, batch, penalise and stop as TMVA does, `netspec` as this section says.
    """

    loss: AnyLoss = CrossEntropy()
    validation: Annotated[NotNegative, AfterValidator(_part_or_events)] = 0.2
    shuffle: Flag = True
    class_weights: ClassWeights | None = None
    truncate: Size | None = None
    transform: Annotated[str, AfterValidator(_transformations)] = ""
    rules: Literal["netspec", "tmva"] = "netspec"
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
