"""Which events are trained on, and which the network is only looked at with.

netspec    a random part, drawn from the seed, is kept for validation
tmva       the last events in the order of the data are (facts of `TMVA::MethodDL`: nothing is
           shuffled before the cut, so the data must come mixed)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from ..errors import DataError
from ..randomness import Stream

if TYPE_CHECKING:
    from ..dataset import Dataset
    from ..settings import Training
    from ..spec import NetworkSpec

IGNORE_NEGATIVE, TRUE = "IgnoreNegWeightsInTraining", ("true", "t", "1")


class Rows(NamedTuple):
    """Events of a data set by their numbers (n,) int64, in ascending order."""

    data: Dataset
    rows: Any


def usable(spec: NetworkSpec, data: Dataset) -> Rows:
    """Give the events that take part.

    Those of negative weight do, unless the option IgnoreNegWeightsInTraining of a TMVA string says
    otherwise.
    """
    rows = numpy.arange(len(data))
    if data.weights is not None and spec.tmva.get(IGNORE_NEGATIVE, "").lower() in TRUE:
        rows = rows[data.weights >= 0]
    return Rows(data, rows)


def fingerprint(training: Rows, validation: Rows | None) -> str:
    """Give a short text by which a training on other data is told apart."""
    sets = [training.data]
    if validation is not None and validation.data is not training.data:
        sets.append(validation.data)
    return " ".join(data.fingerprint for data in sets)


def split(settings: Training, events: Rows, seed: int) -> tuple[Rows, Rows | None]:
    """Give the events to train on and, as `validation` says, those to validate with.

    That is a fraction below 1, or a number of events. Raises DataError where nothing is left to
    train on, or nothing to validate with, though some was asked for; under TMVA's rules also where
    either is smaller than a batch, or all events to validate with are of one class.
    """
    data, rows = events
    count, wanted = len(rows), settings.validation
    kept = int(wanted) if wanted >= 1 else int(wanted * count)
    if wanted and not kept:
        raise DataError(
            f"validation: wanted at least one event, found {wanted} of {count}, which is none:"
            " give more events, or validation: 0"
        )
    if kept >= count:
        raise DataError(
            f"validation: wanted to leave events to train on, found {wanted:.9g} of {count} kept"
        )
    if settings.rules == "tmva":
        training, watched = rows[: count - kept], rows[count - kept :]
        _check_batches(settings, training, watched)
        _check_mixed(data, watched)
    else:
        mixed = rows[order(Stream(seed, "training", "split"), count)]
        training, watched = numpy.sort(mixed[kept:]), numpy.sort(mixed[:kept])
    return Rows(data, training), Rows(data, watched) if kept else None


def apart(settings: Training, training: Rows, watched: Rows) -> tuple[Rows, Rows]:
    """Give events to train on and others to validate with, where a user has parted them.

    Raises DataError under TMVA's rules where either are fewer than a batch.
    """
    if settings.rules == "tmva":
        _check_batches(settings, training.rows, watched.rows)
    return training, watched


def order(stream: Stream, count: int) -> Any:
    """Give the numbers below `count` in an order drawn from the stream."""
    return numpy.argsort(stream.words((count,)), kind="stable")


def _check_batches(settings: Training, training: Any, watched: Any) -> None:
    largest = max(phase.batch_size for phase in settings.phases or (settings,))
    for what, rows in (("train on", training), ("validate with", watched)):
        if len(rows) < largest:
            raise DataError(
                f"wanted at least a batch of {largest} events to {what}, as TMVA does,"
                f" found {len(rows)}: give more events, or a smaller batch_size"
            )


def _check_mixed(data: Dataset, watched: Any) -> None:
    if data.answers.of_classes:
        t = data.targets(watched)
        if (t == t[0]).all():
            raise DataError(
                "validation: wanted events of several classes at the end of the data, which TMVA's"
                " rules validate with, found one class: mix the events first"
            )
