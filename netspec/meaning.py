"""Problems of a spec that no option alone is to blame for, each with its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from . import transformations
from .errors import Problem, SpecError, nearest
from .initializers import Initializer
from .layers import Layer, stack
from .layers.base import started
from .settings import Training
from .signature import Input, Output

MOST_IDS: Final = 2**24  # float32 holds the whole numbers up to here


def of_network(given: Input, layers: Sequence[Layer], output: Output | None) -> tuple[Problem, ...]:
    """Shapes that do not meet, names used twice, an output that does not fit the last layer."""
    problems = SpecError(*stack.names_used_twice(layers)).below("layers").problems
    try:
        shape = stack.output_shape(layers, given.sizes)
    except SpecError as error:
        return problems + error.below("layers").problems
    try:
        if output is not None:
            output.check(shape)
    except SpecError as error:
        return problems + error.below("output").problems
    return problems


def of_starts(
    given: Input, layers: Sequence[Layer], initializers: Mapping[str, Initializer]
) -> tuple[Problem, ...]:
    """Initializers of arrays that are not there, or cannot start so."""
    try:
        table = stack.parameters(layers, given.sizes)
    except SpecError as error:
        return error.below("layers").problems
    try:
        started(table, initializers)
    except SpecError as error:
        return error.below("initializers").problems
    return ()


def of_ids(dtype: str, layers: Sequence[Layer]) -> tuple[Problem, ...]:
    """Ids come in as numbers of the dtype, which holds whole ones up to an end."""
    count = layers[0].id_count or 0
    if dtype == "float64" or count <= MOST_IDS:
        return ()
    found = f"found {count}: say `dtype: float64`"
    return (
        Problem(
            ("layers", 0, "ids"),
            f"wanted at most {MOST_IDS} ids, the whole numbers that {dtype} holds, {found}",
        ),
    )


def of_training(
    training: Training, given: Input, layers: Sequence[Layer], output: Output
) -> tuple[Problem, ...]:
    """What the settings say of classes, variables and steps that the network does not have."""
    problems = _of_transform(training.transform, given, layers, output)
    said = training.class_weights
    factors = said if isinstance(said, Mapping) else {}
    for name in factors:
        if name not in output.classes:
            found = f"found {name!r}{nearest(name, output.classes)}"
            if not output.classes:
                found = f"found {name!r} and no classes: name them in `output`"
            message = f"wanted a class of the output, {found}"
            problems.append(Problem(("training", "class_weights", name), message, key=True))
    if output.classes and not any(factors.get(name, 1.0) for name in output.classes):
        message = "wanted a class that weighs more than 0, found none"
        problems.append(Problem(("training", "class_weights"), message))
    backwards = [name for name, layer in stack.every(layers) if layer.reverses]
    if training.truncate and backwards:
        message = f"wanted layers that read forward only, found {backwards[0]!r}: leave it out"
        problems.append(Problem(("training", "truncate"), message))
    return tuple(problems)


def _of_transform(
    text: str, given: Input, layers: Sequence[Layer], output: Output
) -> list[Problem]:
    if not text:
        return []
    path = ("training", "transform")
    if layers[0].id_count:
        return [Problem(path, "wanted numbers, which can be transformed, found a network of ids")]
    first, last = transformations.in_front(layers), transformations.of_targets(layers)
    if first or last:
        found = f"found {layers[first - 1 if first else -1].name!r}, which would be another"
        return [
            Problem(path, f"wanted a network that has none yet, {found}: leave `transform` out")
        ]
    width = stack.output_shape(layers, given.sizes)[-1]
    try:
        transformations.check(text, given, output, width or 0)
    except SpecError as error:
        return [problem._replace(path=path) for problem in error.problems]
    return []
