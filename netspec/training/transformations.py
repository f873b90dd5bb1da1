"""Transformations around a network that is trained: fitted first, or there from the beginning.

A step of training works on the network proper, between them, with events as it sees them: variables
and targets are transformed. So losses are in the units of transformed targets, a backend's prepared
step needs to know no transformation, and where the events lie in memory none is computed twice.

    netspec    fitted on the events that are trained on
    tmva       on those kept for validation, too, as TMVA does before it parts them
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..fitting import Fitted, fit
from .split import Rows

if TYPE_CHECKING:
    from ..backends import Backend
    from ..dataset import Dataset
    from ..spec import NetworkSpec
    from .checkpoint import Checkpoint


class Framing(NamedTuple):
    """The network between the transformations, `fitted`, and the events as it sees them."""

    spec: NetworkSpec
    fitted: Fitted
    training: Rows
    watched: Rows | None

    def around(self, weights: Mapping[str, Any]) -> tuple[Mapping[str, Any], NetworkSpec]:
        """Give weights and spec of the whole network for weights of the network proper."""
        return {**weights, **self.fitted.arrays}, self.fitted.around(self.spec)


def without(
    spec: NetworkSpec, weights: Mapping[str, Any], events: Dataset
) -> tuple[NetworkSpec, Fitted]:
    """Take the transformations that a network already has off it: the network proper, and those."""
    there = Fitted.of_network(spec, weights, not events.answers.of_classes)
    return there.inside(spec), there


def frame(
    b: Backend,
    spec: NetworkSpec,
    there: Fitted,
    training: Rows,
    watched: Rows | None,
    kept: Checkpoint | None = None,
) -> Framing:
    """Fit what the spec's `transform` says, or take what is `there` or was kept at a checkpoint.

    Raises SpecError and DataError as `fit` does.
    """
    assert spec.training is not None
    fitted = there if kept is None else kept.fitted
    if kept is None and spec.training.transform:
        fitted = fit(b, spec, training.data, _to_fit_on(spec, training, watched))
    seen = fitted.seen(b, spec, training.data)
    if watched is not None:
        same = watched.data is training.data
        others = seen if same else fitted.seen(b, spec, watched.data)
        watched = Rows(others, watched.rows)
    return Framing(spec, fitted, Rows(seen, training.rows), watched)


def _to_fit_on(spec: NetworkSpec, training: Rows, watched: Rows | None) -> Any:
    like_tmva = spec.training is not None and spec.training.rules == "tmva"
    if not like_tmva or watched is None or watched.data is not training.data:
        return training.rows
    return numpy.sort(numpy.concatenate([training.rows, watched.rows]))
