"""How good a network is: its outputs for events beside what they should have been.

    evaluation = netspec.evaluate(network, (x, y))
    print(evaluation)                       # in words
    evaluation["roc"]["area"]               # the numbers of one metric, as `metrics` lists them
    evaluation.plot("jets.png")

Events run through the network a few thousand at a time, and only their outputs and targets are
kept, so that a million take little memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import ceil
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy

from . import dataset, metrics, pictures, targets
from .data import columns
from .dataset import Batch, Dataset
from .errors import DataError, nearest
from .losses import Loss
from .metrics import Metric, Sample
from .network import Network, built
from .prepared import Prepared

if TYPE_CHECKING:
    from .spec import NetworkSpec

PROBABILITIES = ("sigmoid", "softmax", "hard_sigmoid")
INCHES, ACROSS = 4.2, 2  # of a picture, and pictures side by side

Progress = Callable[[int], object]


class Evaluation:
    """What was found; `metrics` holds each metric by its name.

    `str()` tells it in words, `to_data()` gives plain data for JSON, `evaluation["roc"]` the data
    of one metric, `plot(path)` draws. `events` and `rows` (of outputs: events, or valid steps) were
    looked at.
    """

    def __init__(self, heading: str, events: int, rows: int, found: Mapping[str, Metric]) -> None:
        """Hold what `evaluate` found."""
        self.heading, self.events, self.rows, self.metrics = heading, events, rows, dict(found)

    def __getitem__(self, name: str) -> dict[str, Any]:
        if name not in self.metrics:
            raise KeyError(f"no metric {name!r} was taken{nearest(name, self.metrics)}")
        return self.metrics[name].data

    def __repr__(self) -> str:
        return f"<Evaluation: {self.heading}>"

    def __str__(self) -> str:
        return "\n".join([self.heading, "", *self._lines()])

    def _lines(self) -> Iterator[str]:
        width = max(map(len, self.metrics))
        for name, metric in self.metrics.items():
            for number, line in enumerate(metric.lines()):
                yield f"{'' if number else name:<{width}}  {line}".rstrip()

    def to_data(self) -> dict[str, Any]:
        """Give plain data."""
        found = {name: metric.data for name, metric in self.metrics.items()}
        return {"events": self.events, "rows": self.rows, "metrics": found}

    def plot(self, path: str | PathLike[str]) -> None:
        """Draw the metrics that can be drawn into one picture, its kind by the suffix.

        Raises UnavailableError without matplotlib, DataError where it draws no such kind.
        """
        pictures.kind(path)
        from matplotlib.figure import Figure

        drawn = [metric for metric in self.metrics.values() if metric.draws]
        across = min(ACROSS, max(1, len(drawn)))
        down = ceil(len(drawn) / across) or 1
        figure = Figure((INCHES * across * 1.15, INCHES * down), layout="constrained")
        for number, metric in enumerate(drawn):
            axes = figure.add_subplot(down, across, number + 1)
            axes.set_title(metric.name)
            metric.draw(axes)
        figure.suptitle(self.heading)
        pictures.write(figure, path)


def evaluate(
    network: Network,
    data: Any,
    *,
    weights: Any = None,
    lengths: Any = None,
    state: Mapping[str, Any] | None = None,
    training: Any = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Run the network on events and hold its outputs against their targets.

    `data` is (x, y), a mapping of x, y, weights, lengths, state/NAME, the path of a file or folder
    of them, or a `Dataset`; see `dataset`. `weights` (events,) weigh the events, `lengths`
    (events,) count valid steps, `state` holds first states {"lstm_1/h": (events, units)}.
    `training` are the events that the network was trained on, in the same form: what is said of
    them stands beside the rest. `progress` is called with the number of events that were run since
    the last call.

    Raises DataError where the data are not what they should be, or an output is no number,
    SpecError where the network cannot be trained with the loss its spec names.
    """
    with built(network).backend.computing():  # the caller may round otherwise
        events = dataset.of(
            network.spec, data, weights=weights, lengths=lengths, state=state, one_class=True
        )
        sample = _sample(network, events, progress)
        of_training = None
        if training is not None:
            others = dataset.of(network.spec, training, one_class=True)
            of_training = _sample(network, others, progress)
        found = {
            name: kind.of(sample, of_training)
            for name, kind in metrics.known().items()
            if kind.applies(sample)
        }
        return Evaluation(_heading(network, events, sample), len(events), len(sample.y), found)


def _sample(network: Network, events: Dataset, progress: Progress | None) -> Sample:
    """Run all events and keep outputs, targets, weights and the loss of every row."""
    spec, loss = network.spec, _loss(network.spec)
    prepared = Prepared(spec.up_to_last_layer(), network.weights, network.backend)
    size = events.at_once
    parts: list[tuple[Any, ...]] = []
    for first in range(0, len(events), size):
        with network.backend.computing():
            batch = events.rows(first, first + size)
        parts.append(_run(network, prepared, loss, batch, first))
        if progress is not None:
            progress(len(batch.x))
    whole: list[Any] = [
        None if some[0] is None else numpy.concatenate(some) for some in zip(*parts, strict=True)
    ]
    y, t, weights, values = whole
    answers = events.answers
    threshold = 0.5
    if spec.output.activation.type == "linear" and loss.type == targets.INDEPENDENT:
        threshold = 0.0  # the outputs are logits
    return Sample(
        y, t, weights, values.sum(1), values.shape[1], loss.type,
        of_classes=answers.of_classes,
        names=spec.output.classes or _names_of_targets(spec),
        one_of_all=answers.exclusive,
        probabilities=spec.output.activation.type in PROBABILITIES,
        threshold=threshold,
    )  # fmt: skip


def _run(
    network: Network, prepared: Prepared, loss: Loss, batch: Batch, first: int
) -> tuple[Any, ...]:
    """Give y, t, weights and the values of the loss for the rows of some events."""
    b, output = network.backend, network.spec.output
    last, _ = prepared.run(batch.x, batch.lengths, batch.state or None, False)
    with b.computing():
        z = b.array(last)
        y = output.activation.apply(b, z)
        values, _ = loss.terms(b, z if loss.before_activation else y, b.array(batch.t))
        y, values = b.numpy(b.canonical(y)), b.numpy(values)
    rows = y.shape[:-1]
    shown = output.first or y.shape[-1]
    valid = numpy.ones(rows, bool)
    if batch.lengths is not None and network.spec.keeps_steps:
        valid = numpy.arange(y.shape[1]) < batch.lengths[:, None]
    wrong = valid & ~numpy.isfinite(y).all(-1)
    if wrong.any():
        event = first + int(numpy.argwhere(wrong)[0][0])
        raise DataError(f"the output for event {event} is no finite number: no metric can be taken")
    weights = batch.weights
    if weights is not None:
        weights = numpy.broadcast_to(weights.reshape(-1, *[1] * (len(rows) - 1)), rows)[valid]
    return y[valid][:, :shown], batch.t[valid][:, :shown], weights, values[valid].astype("float64")


def _loss(spec: NetworkSpec) -> Loss:
    if spec.training is not None:
        return spec.training.loss
    found: Loss = Loss.kinds[targets.loss_of_output(spec)]()
    return found


def _names_of_targets(spec: NetworkSpec) -> tuple[str, ...]:
    return tuple(names[0] for names in columns.names(spec.output.targets))


def _heading(network: Network, events: Dataset, sample: Sample) -> str:
    steps = f", {len(sample.y):,} valid steps" if sample.y.shape[:1] != (len(events),) else ""
    weighted = ", weighted" if sample.weights is not None else ""
    name = network.spec.name
    return f"{name}: {len(events):,} events{steps}{weighted}, {network.spec.dtype}"
