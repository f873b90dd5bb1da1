"""A training at a standstill, in one file: what it needs to go on to the same bits.

An npz archive of plain arrays, written whole or not at all, without a clock:

    state                  JSON text: seed, engine, phase, epoch, batch, updates, sums ...
    rows                   the history, a row for each epoch
    spec, data             the spec's canonical text; a fingerprint of the data
    weights/NAME           the weights as they are
    best/NAME              the weights that the network would be left with
    memory/NAME/KEY        the optimizer's memory
    fitted, fitted/NAME    the transformations around the network, if any, and their arrays

It is sealed (`archive.py`), so that one flipped bit is noticed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import numpy
from pydantic import TypeAdapter

from ..errors import DataError, FormatError, SpecError
from ..fitting import NOTHING, Fitted
from ..formats.files import write_atomically
from ..history import Epoch
from ..settings import Training
from . import transformations_kept
from .archive import BROKEN, array, opened, sealed, text

if TYPE_CHECKING:
    from ..spec import NetworkSpec

VERSION = 1
FREE = ("epochs", "patience", "phases")  # what may change before a training goes on


@dataclass
class Place:
    """Where a training stands: the next batch is number `batch` of `epoch` of `phase`, all from 0.

    `total` and `count` are the sums of the epoch so far, `least` and `waited` those of the rule
    that ends a phase, `rows` the history, `best` its row whose weights are kept.
    """

    phase: int = 0
    epoch: int = 0
    batch: int = 0
    updates: int = 0
    total: float = 0.0
    count: int = 0
    least: float = float("inf")
    waited: int = 0
    best: int | None = None
    ended: str = ""
    rows: list[Epoch] = field(default_factory=list)


ENTRIES = tuple(part.name for part in fields(Place) if part.name != "rows")  # of the state


@dataclass(frozen=True)
class Checkpoint:
    """A place, the arrays that belong to it, and what it was a training of."""

    place: Place
    weights: dict[str, Any]
    best: dict[str, Any]
    memory: dict[str, Any]
    spec: str
    data: str
    seed: int
    engine: str
    fitted: Fitted = NOTHING


def write(path: Any, checkpoint: Checkpoint) -> None:
    """Write it to a path, whole or not at all. Raises OSError where the disk refuses."""
    arrays: dict[str, Any] = {
        f"{group}/{name}": each
        for group in ("weights", "best", "memory")
        for name, each in getattr(checkpoint, group).items()
    }
    place = checkpoint.place
    state = {"version": VERSION, **{name: getattr(place, name) for name in ENTRIES}}
    state |= {"seed": checkpoint.seed, "engine": checkpoint.engine}
    texts = {"state": json.dumps(state), "spec": checkpoint.spec, "data": checkpoint.data}
    texts |= transformations_kept.texts(checkpoint.fitted)
    arrays |= transformations_kept.arrays(checkpoint.fitted)
    for name, words in texts.items():
        arrays[name] = numpy.frombuffer(words.encode(), "uint8")
    arrays["rows"] = numpy.array(place.rows, "float64").reshape(-1, len(Epoch._fields))
    held = io.BytesIO()
    numpy.savez(held, **arrays)
    write_atomically(path, [sealed(held.getvalue())])


def read(path: Any, spec: NetworkSpec, data: str, seed: int, engine: str) -> Checkpoint:
    """Read the checkpoint of a training of this spec by this seed on data of this fingerprint.

    `engine` names what computes: the backend, and the contract that it keeps.

    Raises FormatError where the file is no checkpoint or a broken one, DataError where it is that
    of another spec, seed, engine or data; `epochs`, `patience` and the phases to come may differ.
    """
    if Path(path).is_fifo() or Path(path).is_char_device():
        raise FormatError(f"{path}: wanted the file of a checkpoint, found a stream")
    try:
        with Path(path).open("rb") as stream, opened(stream) as archive:
            kept = _told(archive, str(path))
            unlike = _unlike(
                kept, Checkpoint(kept.place, {}, {}, {}, spec.canonical(), data, seed, engine)
            )
            if unlike is None:
                kept = _with_arrays(kept, archive, str(path), spec)
    except DataError as error:  # of the archive's members
        raise FormatError(str(error)) from None
    except (SpecError, *BROKEN) as error:
        raise FormatError(f"{path}: wanted a checkpoint of a training, found {error}") from None
    if unlike is not None:
        raise DataError(f"{path}: wanted {unlike}")
    return kept


def is_one(path: Any) -> bool:
    """Whether a file looks like a checkpoint, broken or not."""
    try:
        with Path(path).open("rb") as stream, ZipFile(stream) as archive:
            return {"state.npy", "spec.npy", "data.npy"} <= set(archive.namelist())
    except Exception:  # zipfile lets out whatever a broken directory does to it
        return False


def spare(path: Any) -> None:
    """Raise DataError where a training that begins anew would replace what is not done with.

    That is a file which is no checkpoint, and the checkpoint of a training that did not end.
    """
    if not Path(path).exists():
        return
    if not is_one(path):
        raise DataError(
            f"{path}: wanted a new file, or the checkpoint of a training, found another file"
        )
    try:
        with Path(path).open("rb") as stream, opened(stream) as archive:
            ended = _told(archive, str(path)).place.ended
    except (DataError, *BROKEN):
        ended = "broken"  # nobody can go on from it
    if not ended:
        raise DataError(
            f"{path}: the checkpoint of a training that did not end is there: resume=True goes on"
            " from it; to begin anew, delete it"
        )


def _told(archive: ZipFile, where: str) -> Checkpoint:
    """Give a checkpoint without its arrays."""
    texts = {name: text(archive, name, where) for name in ("state", "spec", "data")}
    state = json.loads(texts["state"])
    if not isinstance(state, dict) or state.pop("version", None) != VERSION:
        raise ValueError("another version of the file")
    seed, engine = state.pop("seed", None), state.pop("engine", None)
    if not isinstance(seed, int) or not isinstance(engine, str):
        raise ValueError("no seed or no engine")
    if state.keys() != set(ENTRIES):
        raise ValueError("a state with other entries")
    place = TypeAdapter(Place).validate_python(state)
    place.rows = [Epoch(int(row[0]), int(row[1]), *row[2:]) for row in _rows(archive, where)]
    _refuse_impossible(place)
    return Checkpoint(place, {}, {}, {}, texts["spec"], texts["data"], seed, engine)


def _unlike(kept: Checkpoint, now: Checkpoint) -> str | None:
    """Say what was wanted and what found where a checkpoint is that of another training."""
    phases = kept.place.phase + 1
    if _fixed(kept.spec, phases) != _fixed(now.spec, phases):
        return (
            "the checkpoint of this spec, found that of another: only epochs, patience and later"
            " phases may change before a training goes on"
        )
    if kept.seed != now.seed:
        return f"the seed that the training began with, {kept.seed}, found {now.seed}"
    if _promise(kept.engine) != _promise(now.engine):
        return (
            f"{kept.engine}, on which the training began, found {now.engine}, which may give other"
            " bits: go on where it began"
        )
    if kept.data != now.data:
        return "the data that the training began with, found others"
    return None


def _promise(engine: str) -> str:
    """Give the contract that an engine keeps, whose bits are the same on all that keep it.

    Of one that keeps none, it is the engine itself.
    """
    return engine.rpartition(", ")[2]


def _with_arrays(kept: Checkpoint, archive: ZipFile, where: str, spec: NetworkSpec) -> Checkpoint:
    groups: dict[str, dict[str, Any]] = {"weights": {}, "best": {}, "memory": {}}
    table = spec.parameters()
    for entry in archive.namelist():
        group, _, name = entry.removesuffix(".npy").partition("/")
        if group in groups:
            owner = name if group != "memory" else name.rpartition("/")[0]
            shape = table[owner].shape if owner in table else None
            dtype = (table[owner].dtype if owner in table else None) or spec.dtype
            groups[group][name] = array(archive, f"{group}/{name}", where, shape, dtype)
    memory = _memory(spec, kept.place.phase)
    for group, names in (("weights", set(table)), ("best", set(table)), ("memory", memory)):
        if groups[group].keys() != names:
            raise ValueError(f"{group} of another network")
    kept = replace(kept, weights=groups["weights"], best=groups["best"], memory=groups["memory"])
    return replace(kept, fitted=transformations_kept.read(archive, where, spec))


def _rows(archive: ZipFile, where: str) -> list[list[float]]:
    table = array(archive, "rows", where, (None, len(Epoch._fields)), "float64")
    if not numpy.isfinite(table[:, :2]).all():
        raise ValueError("a history without numbers of epochs")
    rows: list[list[float]] = table.tolist()
    return rows


def _refuse_impossible(place: Place) -> None:
    """Refuse numbers that no training has."""
    counts = (place.phase, place.epoch, place.batch, place.updates, place.count, place.waited)
    best, rows = place.best, len(place.rows)
    if min(counts) < 0 or place.epoch > rows or not (best is None or 0 <= best < rows):
        raise ValueError("a place that no training comes to")


def _memory(spec: NetworkSpec, phase: int) -> set[str]:
    """Give the names of what the optimizer of a phase remembers."""
    training = spec.training or Training()
    phases = training.phases or (training,)
    if phase >= len(phases):
        raise ValueError(f"one in phase {phase + 1} of {len(phases)}")
    trained = [name for name, param in spec.parameters().items() if param.trainable]
    return {f"{name}/{key}" for name in trained for key in phases[phase].optimizer.carried}


def _fixed(canonical: str, phases: int) -> Mapping[str, Any]:
    """Give what may not change of a spec's canonical text once so many phases have begun."""
    data: dict[str, Any] = json.loads(canonical)
    training = data.get("training") or {}
    begun = training.get("phases", [])[:phases]
    data["training"] = [
        {k: v for k, v in part.items() if k not in FREE} for part in (training, *begun)
    ]
    return data
