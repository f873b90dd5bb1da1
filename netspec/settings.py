"""What the `training:` section of a spec says: loss, optimizer, and when to stop.

The optimizers, with g the gradient of the mean loss, theta a weight, t the step from 1:

    sgd       v = momentum v + g;                  theta -= rate v
    adam      m = beta1 m + (1 - beta1) g;         v = beta2 v + (1 - beta2) g^2
              theta -= rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)
    adagrad   V += g^2;                            theta -= rate g / sqrt(V + epsilon)
    rmsprop   V = rho V + (1 - rho) g^2;           W = momentum W + rate g / sqrt(V + epsilon)
              theta -= W
    adadelta  V = rho V + (1 - rho) g^2;           d = sqrt(W + epsilon) g / sqrt(V + epsilon)
              theta -= rate d;                     W = rho W + (1 - rho) d^2

as TMVA has them; the defaults are TMVA's where it has one and the usual ones elsewhere.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from .options import Fraction, NotNegative, Positive, Record, Size


class SGD(Record):
    """Stochastic gradient descent with momentum."""

    type: Literal["sgd"] = "sgd"
    learning_rate: Positive = 1e-2
    momentum: Fraction = 0.0


class Adam(Record):
    """D. P. Kingma, J. Ba, arXiv:1412.6980."""

    type: Literal["adam"] = "adam"
    learning_rate: Positive = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    epsilon: Positive = 1e-7


class Adagrad(Record):
    """J. Duchi, E. Hazan, Y. Singer, J. Mach. Learn. Res. 12 (2011) 2121."""

    type: Literal["adagrad"] = "adagrad"
    learning_rate: Positive = 1e-2
    epsilon: Positive = 1e-8


class RMSprop(Record):
    """T. Tieleman, G. Hinton, lecture 6.5 of Neural Networks for Machine Learning (2012)."""

    type: Literal["rmsprop"] = "rmsprop"
    learning_rate: Positive = 1e-3
    momentum: Fraction = 0.0
    rho: Fraction = 0.9
    epsilon: Positive = 1e-7


class Adadelta(Record):
    """M. D. Zeiler, arXiv:1212.5701."""

    type: Literal["adadelta"] = "adadelta"
    learning_rate: Positive = 1.0
    rho: Fraction = 0.95
    epsilon: Positive = 1e-8


Optimizer = Annotated[SGD | Adam | Adagrad | RMSprop | Adadelta, Field(discriminator="type")]


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

    optimizer: Optimizer = Adam()
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
