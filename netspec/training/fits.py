"""Whether the settings of a training fit the network that is to be trained."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ..errors import NetspecWarning, Problem, SpecError
from ..transformations import in_front
from .dropout import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..settings import Training
    from ..spec import NetworkSpec


def check(spec: NetworkSpec, settings: Training) -> None:
    """Raise SpecError with everything that cannot go together; warn of what seldom is meant."""
    problems = tuple(_problems(spec, settings))
    if problems:
        raise SpecError(*problems).below("training")
    independent = settings.loss.type == "cross_entropy" and settings.rules != "tmva"
    if independent and spec.output.activation.type == "softmax":
        warnings.warn(
            "training.loss: cross_entropy takes the outputs for independent of each other, and the"
            " output is a softmax: softmax_cross_entropy is the loss of its chances",
            NetspecWarning,
            stacklevel=3,
        )


def _problems(spec: NetworkSpec, settings: Training) -> Iterator[Problem]:
    if not any(param.trainable for param in spec.parameters().values()):
        yield Problem((), "wanted a network with weights to train, found none")
    phases = settings.phases or (settings,)
    layers = spec.layers[in_front(spec.layers) :]
    for number, phase in enumerate(phases):
        path = ("phases", number) if settings.phases else ()
        if len(phase.dropout) > len(layers):
            yield Problem(
                (*path, "dropout"),
                f"wanted at most a rate for each of the {len(layers)} layers,"
                f" found {len(phase.dropout)}",
            )
        if spec.layers[0].id_count and phase.dropout and phase.dropout[0] > 0:
            yield Problem(
                (*path, "dropout", 0),
                f"wanted 0 where ids come in, found {phase.dropout[0]}: drop the vectors, at the"
                " second layer",
            )
        for n, (layer, rate) in enumerate(zip(layers, phase.dropout, strict=False)):
            if rate > 0 and any(other.name == f"{HEAD}{layer.name}" for other in spec.layers):
                yield Problem(
                    (*path, "dropout", n),
                    f"wanted no layer of the name {HEAD}{layer.name}, which this dropout has,"
                    " found one",
                )
    if settings.class_weights is not None and "cross_entropy" not in settings.loss.type:
        yield Problem(
            ("class_weights",), f"wanted a cross entropy, found the loss {settings.loss.type}"
        )
    if settings.truncate is not None and not spec.keeps_steps:
        yield Problem(
            ("truncate",), "wanted a network that answers at every step, found one that does not"
        )
