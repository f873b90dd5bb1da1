"""What happens inside a recurrent layer at one step of one event: gates, states, their slopes.

The numbers are those of the layer's own formulas in `layers/`, on NumPy: forward from the tape that
a sweep keeps for its way back, backwards from the formulas of that way. Names are the letters of
the equations at the top of the layer's file; `h[t-1]` is the state before the step, `da_i` the
slope of the loss in `a_i`, `dh` and `dc` those in h[t] and c[t], all that comes later included.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy

from . import devices
from .backends.numpy import NumpyBackend
from .errors import DataError, SpecError, nearest
from .layers import stack
from .layers.recurrent import Recurrent, SweepBack
from .network import Network

ACROSS = 6  # units side by side in a table
BEFORE = {"h_before": "h[t-1]", "c_before": "c[t-1]"}  # fields of a tape


class Trace(NamedTuple):
    """One direction of one layer at step `step` (from 0): arrays (units,) by name.

    `forward` is in the order of computing, `back` in that of going back.
    """

    layer: str
    type: str
    step: int
    steps: int
    forward: dict[str, Any]
    back: dict[str, Any]
    equations: tuple[str, ...]

    def __str__(self) -> str:
        head = f"{self.layer} ({self.type}), step {self.step} of {self.steps}, from 0"
        return "\n".join([head, *(f"    {line}" for line in self.equations), *self._table()])

    def _table(self) -> Iterator[str]:
        values = [*self.forward.items(), ("", None), *self.back.items()]
        width = max(len(name) for name, _ in values)
        units = len(self.forward["h"])
        for first in range(0, units, ACROSS):
            part = range(first, min(first + ACROSS, units))
            yield ""
            yield " " * (2 + width) + "".join(f"{f'unit {unit}':>16}" for unit in part)
            for name, array in values:
                numbers = "" if array is None else "".join(f"{array[k]:>16.9g}" for k in part)
                yield f"  {name:<{width}}{numbers}".rstrip()

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        arrays = {
            way: {name: array.tolist() for name, array in getattr(self, way).items()}
            for way in ("forward", "back")
        }
        return {"layer": self.layer, "type": self.type, "step": self.step} | arrays


class Tracing(NumpyBackend):
    """NumPy, and a note of every sweep over time that was walked back."""

    def __init__(self) -> None:
        """Begin without notes."""
        super().__init__()
        self.notes: list[tuple[Any, ...]] = []

    def call(self, formula: Any, *args: Any) -> Any:
        """Run a formula; of a way back through time keep what it was given."""
        found = formula(self, *args)
        if isinstance(found, SweepBack):
            self.notes.append(args)
        return found


def trace(
    network: Network,
    x: Any,
    step: int,
    *,
    event: int = 0,
    layer: str | None = None,
    lengths: Any = None,
    state: Mapping[str, Any] | None = None,
    dy: Any = None,
) -> list[Trace]:
    """Trace the recurrent layers of a network at a step of one event of x (batch, steps, ...).

    `layer` names the only one ("lstm_1", "bidirectional_1/lstm_1"). `dy` is the slope of a loss in
    what the last layer gives (default: 1 everywhere, the loss is the sum of it). `lengths` and
    `state` are those of a call. Nothing is drawn at random. Raises DataError for a step, an event
    or a layer that is not there, and as a call does, SpecError for a network without a recurrent
    layer.
    """
    spec = network.spec
    names = {name: cell for name, cell in stack.every(spec.layers) if isinstance(cell, Recurrent)}
    if not names:
        raise SpecError(f"wanted a recurrent layer to trace, found none in {spec.name!r}")
    if layer is not None and layer not in names:
        raise DataError(f"layer: there is no recurrent layer {layer!r}{nearest(layer, names)}")
    devices.refuse(x, "x")
    devices.refuse(dy, "dy")
    b = Tracing()
    own = Network(spec, network.weights, b)
    run = own.forward(x, lengths=lengths, state=state)
    run.back(numpy.ones_like(run.y) if dy is None else numpy.asarray(dy, run.y.dtype))
    count = len(x) if lengths is None else len(lengths)
    if not 0 <= event < count:
        raise DataError(f"event: wanted one from 0 to {count - 1}, found {event}")
    found = []
    for name, cell in names.items():
        if layer in (None, name):
            notes = [args for args in b.notes if args[0] is cell]
            for heading, flipped, args in _directions(name, notes):
                found.append(_traced(b, heading, flipped, args, step, event))
    return found


def _directions(name: str, notes: list[tuple[Any, ...]]) -> Iterator[tuple[str, bool, Any]]:
    """Name the passes of one layer: its own directions, and those of the stacks it is in twice.

    The second stack of a bidirectional layer is given its sequences turned round.
    """
    outer, _, inner = name.rpartition("/")
    ways = ("forward", "reverse")
    for number, args in enumerate(notes):
        if outer:
            yield f"{outer}/{ways[number]}/{inner}", number == 1, args
        else:
            yield name if len(notes) == 1 else f"{name}/{ways[number]}", False, args


def _traced(
    b: Tracing, name: str, flipped: bool, args: tuple[Any, ...], step: int, event: int
) -> Trace:
    cell, p, tape, dy, dfinal, order, mask = args[:7]
    valid = dy.shape[1] if mask is None else int(mask[event].sum())
    if not 0 <= step < valid:
        raise DataError(f"step: wanted one from 0 to {valid - 1} of {name}, found {step}")
    t = valid - 1 - step if flipped else step
    kind = type(cell)
    at = order.index(t)
    later = slice(t + 1, None) if order.step > 0 else slice(None, t)
    with b.computing():
        d = _back_to(b, args, tape[at + 1 :], later, dfinal)
        dh = d["h"] + dy[:, t]
        others = [d[name] for name in cell.carried if name != "h"]
        inside = kind.step_back(b, cell, p, tape[at], dh, *others)
        before = _back_to(b, args, tape[at : at + 1], slice(t, t + 1), d)
    forward = {BEFORE.get(k, k): v for k, v in tape[at]._asdict().items() if k != "seen"}
    back = {"dh": dh, **inside._asdict()} | {f"d{k}[t-1]": v for k, v in before.items()}
    return Trace(
        name,
        cell.type,
        step,
        valid,
        {name: array[event].copy() for name, array in forward.items()},
        {name: array[event].copy() for name, array in back.items()},
        _equations(kind),
    )


def _back_to(
    b: Tracing, args: tuple[Any, ...], tape: list[Any], steps: slice, d: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Walk some steps backwards by the cell's own formula; give the slopes in the state before."""
    cell, p, _, dy, _, order, mask, k = args
    if not tape:
        return d
    part = range(len(tape))
    way = part if order.step > 0 else part[::-1]
    valid = None if mask is None else mask[:, steps]
    found: SweepBack = type(cell).formula_back(b, cell, p, tape, dy[:, steps], d, way, valid, k)
    return found.start


def _equations(kind: Any) -> tuple[str, ...]:
    """Give the equations of a cell as its file opens with them."""
    text = inspect.getdoc(sys.modules[kind.__module__]) or ""
    return tuple(line.strip() for line in text.splitlines() if line.startswith("    "))
