"""Transformations around a network that is trained: fitted first, then put where it is left.

The step works on the network between them, with the events as it sees them: variables transformed,
targets too. So losses are in the units of transformed targets, and nothing of the transformations
is computed again in every step where the events lie in memory.

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
    from ..spec import NetworkSpec
    from .checkpoint import Checkpoint


class Framing(NamedTuple):
    """What was fitted, or None, and the events that are trained on and looked at, through it."""

    fitted: Fitted | None
    training: Rows
    watched: Rows | None

    def around(
        self, spec: NetworkSpec, weights: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], NetworkSpec]:
        """Give weights and spec of the whole network, with the transformations that it has."""
        if self.fitted is None:
            return weights, spec
        return {**weights, **self.fitted.arrays}, self.fitted.around(spec)


def framing(
    b: Backend,
    spec: NetworkSpec,
    training: Rows,
    watched: Rows | None,
    kept: Checkpoint | None = None,
) -> Framing:
    """Fit what the spec's `transform` says, or take what a checkpoint has kept of it.

    Raises SpecError and DataError as `fit` does.
    """
    if spec.training is None or not spec.training.transform:
        return Framing(None, training, watched)
    fitted = None if kept is None else kept.fitted
    if fitted is None:
        fitted = fit(b, spec, training.data, _to_fit_on(spec, training, watched))
    seen = fitted.seen(b, spec, training.data)
    if watched is not None:
        same = watched.data is training.data
        others = seen if same else fitted.seen(b, spec, watched.data)
        watched = Rows(others, watched.rows)
    return Framing(fitted, Rows(seen, training.rows), watched)


def _to_fit_on(spec: NetworkSpec, training: Rows, watched: Rows | None) -> Any:
    like_tmva = spec.training is not None and spec.training.rules == "tmva"
    if not like_tmva or watched is None or watched.data is not training.data:
        return training.rows
    return numpy.sort(numpy.concatenate([training.rows, watched.rows]))
