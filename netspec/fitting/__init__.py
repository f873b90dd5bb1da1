"""Fitting transformations to data: from `N+G(_V_)` to layers with their parameters.

    normalize decorrelate pca gauss uniform      what each learns from the events
    sample                                       the events, some at a time
    covariance eigen smoothing                   the mathematics that they share

Each is fitted on the output of those before it, which run by the layers' own formulas. Layers in
front of a network do what is done to variables; those at its end undo, in reverse order, what is
done to targets, which stand transformed beside the network while it is trained. An event with more
axes than steps and features is made flat for them and brought back to its shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..errors import SpecError
from ..layers import stack
from ..specfile.tmva_transform import Item, items
from ..transformations import Signature
from . import decorrelate, gauss, normalize, pca, uniform
from .fitted import NOTHING, Fitted
from .sample import Sample

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Dataset
    from ..spec import NetworkSpec

__all__ = ["NOTHING", "Fitted", "fit"]

Found = tuple[dict[str, Any], dict[str, Any]]
KINDS: Final[Mapping[str, Callable[[Backend, Sample, str], Found]]] = {
    "N": normalize.fit,
    "D": decorrelate.fit,
    "P": pca.fit,
    "G": gauss.fit,
    "U": uniform.fit,
}


def fit(b: Backend, spec: NetworkSpec, events: Dataset, rows: Any) -> Fitted:
    """Fit what `spec.training.transform` says on the events `rows` (n,) of a data set.

    Raises SpecError where it chooses what is not there, DataError for data that cannot be
    transformed so.
    """
    assert spec.training is not None
    found = Fitted(spec.training.transform)
    signature = Signature(spec.input, spec.output, _width(spec))
    for item in items(spec.training.transform):
        of = signature.classes.index(item.of) if item.of and events.answers.of_classes else None
        for kind, positions in _chosen(item, signature, events):
            if kind == "T":
                _refuse_activation(item, spec)
            seen = found.seen(b, spec, events)
            word = partial(signature.word, kind)
            sample = Sample(seen, rows, kind, positions, of, word, str(item))
            options, arrays = KINDS[item.letter](b, sample, spec.dtype)
            if len(positions) < signature.counts[kind]:
                options["inputs"] = list(positions)
            found = found.with_another(spec, kind, options, arrays)
    return found


def _chosen(
    item: Item, signature: Signature, events: Dataset
) -> Sequence[tuple[str, tuple[int, ...]]]:
    """Give what an item is for, variables ("V") and targets ("T"), each with its positions."""
    path = ("training", "transform")
    try:
        variables, targets = signature.chosen(item)
    except SpecError as error:
        raise error.below(*path) from None
    if events.answers.of_classes and targets:
        if not variables:
            found = "found outputs that stand for classes"
            raise SpecError(f"{item}: wanted targets that are numbers, {found}", path=path)
        targets = ()
    return [(kind, some) for kind, some in (("V", variables), ("T", targets)) if some]


def _refuse_activation(item: Item, spec: NetworkSpec) -> None:
    """Refuse targets that a loss would hold against something else than the last layer."""
    if spec.output.activation.type != "linear":
        found = f"found {spec.output.activation.type}: say {item.letter}(_V_)"
        raise SpecError(
            f"{item}: wanted a linear output where targets are transformed, {found}",
            path=("training", "transform"),
        )


def _width(spec: NetworkSpec) -> int:
    """Count the numbers of the last layer."""
    return stack.output_shape(spec.layers, spec.input.sizes)[-1] or 0
