"""Training: `train(network, data)` teaches a network by exact back-propagation through time.

    data      dataset.py, targets.py       what is learned, from arrays or files
    split     split.py, batches.py         which events, in which order
    frame     transformations.py            fitted first, and put around the network; kept with it
    step      step.py                      forward, loss, back, penalty, clip, optimizer
    course    course.py, phase.py          phases, epochs, stopping, the best weights
    kept      checkpoint.py, history.py    to go on to the same bits, and to look at afterwards

On an exact backend the same spec, data and seed give the same weights, to the bit, whatever the
threads, the instruction set and the interruptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any

from .. import dataset, targets
from ..errors import DataError, SpecError
from ..formats.files import checked
from ..history import History
from ..network import Network, built
from ..settings import Training
from ..spec import UNPRINTABLE, NetworkSpec
from ..weights import whole
from . import checkpoint as checkpoints
from . import fits, transformations_kept
from .course import Course, engine
from .split import apart, fingerprint, split, usable
from .transformations import frame, without
from .watching import Nobody, Watcher, on_stderr

__all__ = ["train"]


def train(
    network: Network,
    data: Any,
    *,
    validation: Any = None,
    weights: Any = None,
    lengths: Any = None,
    state: Mapping[str, Any] | None = None,
    settings: Training | Mapping[str, Any] | None = None,
    seed: int | None = None,
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: bool = False,
    watcher: Watcher | None = None,
) -> History:
    """Train the network in place, on its device, and return what happened, epoch by epoch.

    `data` is `(x, y)`, a mapping with x, y and, where there are any, weights, lengths and
    state/NAME, the path of a file or folder of them, or a `Dataset`; arrays are NumPy's, for a
    network on a GPU too. x is (events, *spec.input.sizes); y is what the loss wants (`targets.py`).
    `weights` (events,) weigh events, `lengths` (events,) count valid steps, `state` holds first
    states {"lstm_1/h": (events, units)}.

    `validation` is a part of the data below 1, a number of events, or data of its own. The
    settings are the spec's `training`, or `settings`, which then stand in the trained network's
    spec; where there are neither, the loss is the one that goes with the output. What their
    `transform` says is fitted first; the trained network has it in its layers, and `transform` is
    empty. Losses are those of the network proper, between them, in units of transformed targets.

    `seed` (the spec's by default) draws split, orders and dropout. A `checkpoint` is written at the
    end of every epoch and when Ctrl-C is pressed; with `resume` the training goes on from it, where
    there is one; without, that of a training which did not end is not replaced. `progress` shows a
    bar on stderr, or a line for every epoch where that is no terminal; a `watcher` is told in its
    place what happens (`watching.py`).

    The network is left with the best weights, those of the lowest validation loss or, without
    validation, the last; with the history in its extras, and without golden outputs. So it is too
    where an error ends the training early, or Ctrl-C, which comes as KeyboardInterrupt once
    everything is saved.

    Raises SpecError where settings and network do not fit, DataError where data are not what they
    should be, TrainingError where the loss is no number any more, FormatError for a broken
    checkpoint, OSError where it cannot be written.
    """
    backend = built(network).backend
    with backend.computing():  # rates and sums in plain Python are rounded as it says, too
        spec = network.spec
        if resume and checkpoint is not None:
            spec = transformations_kept.begun_as(checkpoint, spec)
        spec = _with_settings(spec, settings, validation)
        chosen = spec.training or Training()
        fits.check(spec, chosen)
        if checkpoint is not None:
            checked(Path(checkpoint))
            if not resume:
                checkpoints.spare(checkpoint)
        seed = spec.seed if seed is None else whole(seed)
        events = dataset.of(spec, data, weights=weights, lengths=lengths, state=state)
        events.refuse_one_class()
        spec = _with_names(spec, events.variables)
        if validation is None or isinstance(validation, Real):
            training, watched = split(chosen, usable(spec, events), seed)
        else:
            others = usable(spec, _to_validate_with(spec, validation, events))
            training, watched = apart(chosen, usable(spec, events), others)
        told = "" if checkpoint is None else fingerprint(training, watched)
        bare, there = without(spec, network.weights, events)
        kept = None
        if resume:
            if checkpoint is None:
                raise DataError("resume: wanted the checkpoint to go on from, found none")
            if Path(checkpoint).exists():
                kept = checkpoints.read(checkpoint, bare, told, seed, engine(backend))
        inner = frame(backend, bare, there, training, watched, kept)
        weights = {name: network.weights[name] for name in bare.parameters()}
        course = Course(backend, bare, chosen, weights, seed, told, inner.fitted)
        if kept is not None:
            course.resume(kept)
        shown = on_stderr() if progress and watcher is None else None
        try:
            with shown or nullcontext():
                done = course.run(
                    inner.training, inner.watched, checkpoint, watcher or shown or Nobody()
                )
        finally:
            history = course.history
            if len(history):
                network.adopt(*inner.around(course.best), history.columns())
        if not done:
            raise KeyboardInterrupt
        return history


def _with_names(spec: NetworkSpec, names: Sequence[str]) -> NetworkSpec:
    """Give the spec with the names that the data has for its variables, where it has none itself.

    So the columns of another file are found by name, in whatever order they stand there.
    """
    unclear = len(set(names)) < len(names) or any(
        not name or UNPRINTABLE.search(name) for name in names
    )
    if not names or unclear or spec.input.variables or len(spec.input.sizes) != 1:
        return spec
    data = spec.to_data()
    named = data["input"] | {"variables": [{"name": name} for name in names]}
    return NetworkSpec.from_data({**data, "input": named})


def _to_validate_with(spec: NetworkSpec, data: Any, trained: dataset.Dataset) -> dataset.Dataset:
    try:
        found = dataset.of(spec, data)
    except DataError as error:
        raise DataError(f"validation: {error}") from None
    if lacking := [name for name in trained.states if name not in found.states]:
        raise DataError(
            f"validation: wanted the first states that the data to train on have, found no"
            f" {lacking[0]}: give a mapping with state/{lacking[0]}"
        )
    return found


def _with_settings(
    spec: NetworkSpec, settings: Training | Mapping[str, Any] | None, validation: Any
) -> NetworkSpec:
    """Give the spec with the settings that this training has."""
    said: dict[str, Any] = {}
    if isinstance(settings, Training):
        said = settings.model_dump(mode="json")
    elif isinstance(settings, Mapping):
        said = dict(settings)
    elif settings is not None:
        raise SpecError(
            f"wanted Training or a mapping, found {type(settings).__name__}", path=("training",)
        )
    elif spec.training is not None:
        said = spec.training.model_dump(mode="json")
    else:
        said = {"loss": targets.loss_of_output(spec)}
    if isinstance(validation, Real):  # NumPy's numbers are some, too
        said["validation"] = validation if isinstance(validation, bool | int) else float(validation)
    return NetworkSpec.from_data({**spec.to_data(), "training": said})
