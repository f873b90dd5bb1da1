"""A data set: arrays that fit a spec, from which events are taken by number.

Numbers of another dtype are rounded to the spec's as they are taken, in the surroundings that the
caller has set (`backend.computing()`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from .. import door, targets
from ..data.rows import LARGEST_PASS, Rows, passes
from ..errors import DataError
from . import checks

if TYPE_CHECKING:
    from ..spec import NetworkSpec

STATE = "state/"  # heads the names of first states
LARGEST_READ, SOME = 2**26, 1024  # bytes, and events of larger arrays, that a fingerprint takes


class Batch(NamedTuple):
    """Some events: x (n, ...) and t (n, ..., k) in the spec's dtype, contiguous.

    `weights` (n,) of that dtype and `lengths` (n,) of int64 are None where there are none; `state`
    maps names ("lstm_1/h") to first states (n, units).
    """

    x: Any
    t: Any
    weights: Any
    lengths: Any
    state: dict[str, Any]


class Dataset:
    """Events by number; `len()` of them. `shape` is that of the inputs, events first.

    `answers` says what the targets are, `lengths` and `weights` are those of all events, or None.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        columns: Mapping[str, Rows],
        loss: Any = None,
        variables: tuple[str, ...] = (),
    ) -> None:
        """Hold arrays against the spec: x, y, perhaps weights, lengths, state/NAME.

        `variables` are the names of an event's numbers, where an event is one row of a table;
        `loss` is a record or its name, by default the spec's. Raises DataError, which names the
        first event that cannot be, SpecError for a network that cannot be trained with the loss.
        """
        self._spec, self._columns, self.variables = spec, dict(columns), variables
        self.answers = targets.answers(spec, loss)
        self.shape = checks.shape_of_inputs(spec, columns["x"])
        for name, array in columns.items():
            checks.rows(array, len(self))
            if name.startswith(STATE):
                checks.state(spec, name.removeprefix(STATE), array)
        self.lengths = checks.lengths(columns.get("lengths"), self.shape)
        self.weights = checks.weights(spec, columns.get("weights"))
        self._read = {k: v for k, v in columns.items() if k not in ("weights", "lengths")}
        self._look_at_inputs()
        self._alike = self._look_at_targets()

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def at_once(self) -> int:
        """How many events a network is run on together: those of 2^22 numbers, at least one."""
        return max(1, LARGEST_PASS // prod(self.shape[1:]))

    def take(self, rows: Any) -> Batch:
        """Give the events of these numbers, rows (n,) of int64, in this order.

        Raises DataError where a file holds what no network can be trained on, or was cut short.
        """
        rows = self._numbers(rows)
        return self._batch(rows, {name: array.take(rows) for name, array in self._read.items()})

    def rows(self, first: int, end: int) -> Batch:
        """Give the events from `first` to before `end`; not to be written to. Raises as `take`."""
        rows = numpy.arange(first, min(end, len(self)))
        end = first + len(rows)
        return self._batch(
            rows, {name: array.between(first, end) for name, array in self._read.items()}
        )

    def targets(self, rows: Any) -> Any:
        """Give t (n, ..., k) alone for the events of these numbers; nothing else is read."""
        rows = self._numbers(rows)
        return self._t(self._columns["y"].take(rows), rows)

    def inputs(self, rows: Any) -> Any:
        """Give x (n, ...) alone for the events of these numbers; nothing else is read."""
        rows, x = self._numbers(rows), self._columns["x"]
        return self._plain("x", x.take(rows), rows, x.stored)

    @property
    def columns(self) -> Mapping[str, Rows]:
        """The arrays as they came: x, y, perhaps weights, lengths, state/NAME."""
        return self._columns

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the first states that come with the events."""
        return tuple(k.removeprefix(STATE) for k in self._columns if k.startswith(STATE))

    @property
    def fingerprint(self) -> str:
        """A short text by which other data are told apart: shapes, dtypes and numbers.

        Of large arrays it is the numbers of some events all along, the first and the last included.
        """
        digest = sha256()
        for name, array in sorted(self._columns.items()):
            digest.update(f"{name} {array.shape} {array.dtype.str};".encode())
            for first, end in _told_by(array):
                digest.update(numpy.ascontiguousarray(array.between(first, end)).tobytes())
        return digest.hexdigest()[:16]

    def refuse_one_class(self) -> None:
        """Raise DataError where all events belong to one class: there is nothing to learn."""
        if self._alike is not None:
            raise DataError(
                f"{self._columns['y'].where}: wanted events of several classes, found only "
                f"{self._alike}"
            )

    def refuse_other(self, spec: NetworkSpec) -> None:
        """Raise DataError where the events were made ready for another kind of network.

        It may have other layers, as long as it takes and gives the same, under a loss that takes
        the same targets.
        """
        own, where = self._spec, self._columns["x"].where
        pairs = {
            "inputs": (own.input.sizes, spec.input.sizes),
            "numbers": (own.dtype, spec.dtype),
            "ids": (own.layers[0].id_count, spec.layers[0].id_count),
            "steps": (own.keeps_steps, spec.keeps_steps),
            "targets": (self.answers, targets.answers(spec)),
        }
        if other := [what for what, (mine, wanted) in pairs.items() if mine != wanted]:
            raise DataError(
                f"{where}: wanted a data set made for this network and its loss, found one with"
                f" other {other[0]}: make it with this spec"
            )
        for name in self._columns:
            if name.startswith(STATE):
                checks.state(spec, name.removeprefix(STATE), self._columns[name])

    def _numbers(self, rows: Any) -> Any:
        rows = numpy.asarray(rows, "int64")
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"wanted numbers of events, 0 to {len(self) - 1}")
        return rows

    def _batch(self, rows: Any, found: dict[str, Any]) -> Batch:
        lengths = None if self.lengths is None else self.lengths[rows]
        weights = None if self.weights is None else self.weights[rows]
        plain = {
            name: self._plain(name, array, rows, self._columns[name].stored)
            for name, array in found.items()
            if name != "y"
        }
        state = {k.removeprefix(STATE): v for k, v in plain.items() if k.startswith(STATE)}
        return Batch(plain["x"], self._t(found["y"], rows), weights, lengths, state)

    def _plain(self, name: str, values: Any, rows: Any, look: bool) -> Any:
        """Give numbers of x or a state in the spec's dtype; `look` whether they can be."""
        array = self._columns[name]
        valid = None
        if name == "x":
            valid = self._valid(rows)
        numbers = door.numbers(self._spec, values, array.where)
        if look:
            checks.finite(numbers, array.where, rows, valid)
            if name == "x":
                checks.ids(self._spec, numbers, rows, self.lengths)
        return numbers

    def _valid(self, rows: Any) -> Any:
        """Give which steps of some events are valid, (n, steps); None where all are."""
        if self.lengths is None:
            return None
        return numpy.arange(self.shape[1]) < self.lengths[rows][:, None]

    def _t(self, y: Any, rows: Any) -> Any:
        valid = self._valid(rows) if self._spec.keeps_steps else None
        return self.answers.fitting(y, self._columns["y"].where, rows, valid)

    def _look_at_inputs(self) -> None:
        for name, array in self._read.items():
            if name == "y" or array.stored:
                continue
            for first, end in passes(array):
                self._plain(name, array.between(first, end), numpy.arange(first, end), True)

    def _look_at_targets(self) -> str | None:
        """Look at all targets; give what all say, where they all say the same class."""
        y, extremes = self._columns["y"], None
        checks.steps(self.answers, y, self.shape)
        for first, end in passes(y, self.answers.width):
            rows = numpy.arange(first, end)
            t = self._t(y.between(first, end), rows)
            valid = self._valid(rows) if self._spec.keeps_steps else None
            t = t.reshape(-1, t.shape[-1]) if valid is None else t[valid]
            if len(t):
                found = numpy.stack([t.min(0), t.max(0)])
                extremes = found if extremes is None else numpy.stack(
                    [numpy.minimum(extremes[0], found[0]), numpy.maximum(extremes[1], found[1])]
                )  # fmt: skip
        if extremes is None or not self.answers.of_classes:
            return None
        low, high = extremes
        if (low != high).any() or not numpy.isin(low, (0, 1)).all():
            return None
        return self.answers.in_words(low)


def _told_by(array: Rows) -> Iterator[tuple[int, int]]:
    """Yield beginning and end of the pieces by which an array is told from another."""
    count, size = array.shape[0], prod(array.shape[1:]) * array.dtype.itemsize
    if count * size <= LARGEST_READ:
        yield from passes(array)
        return
    for row in numpy.linspace(0, count - 1, min(SOME, max(2, LARGEST_READ // size))):
        yield int(row), int(row) + 1
