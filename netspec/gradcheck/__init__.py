"""Are the gradients right? The way back of a whole network against differences of its loss.

    dL/dw by the way back        against        (L(w + h) - L(w - h)) / 2h, without its h^2 term

in float64, also where a layer has a working type of its own, layer by layer and array by array, for
drawn inputs and targets, in training (what is drawn at random is drawn alike each time). L is the
loss that the spec's `training` names or, where there is none, a weighted sum of the outputs. Of
large arrays some entries are taken, and the report says how many.

At a kink (relu at 0, an end of hard_sigmoid) there is no one slope. It is told by two step sizes:
what a smooth function's slopes ahead and behind differ by shrinks with the step, at a kink it does
not. A slope between the two is right there, and the report counts it apart.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy

from ..backends import Backend
from ..errors import DataError, nearest
from ..layers import stack
from ..network import Network
from ..randomness import Stream
from ..report import shape_text
from ..spec import NetworkSpec
from .differences import Look, looked_at
from .trial import Trial

MOST = 100  # entries of one array that are looked at


class Row(NamedTuple):
    """One array: how many of its entries were looked at, and the worst of them.

    `error` is the largest relative distance of the two slopes, `at` its place, `slope` what the
    way back says there and `difference` what the loss does; `kinks` of the entries stand at a
    kink. `layer` is "" for the input.
    """

    layer: str
    array: str
    shape: tuple[int, ...]
    checked: int
    error: float
    at: tuple[int, ...]
    slope: float
    difference: float
    kinks: int
    ok: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        size = prod(self.shape)
        count = str(size) if self.checked == size else f"{self.checked} of {size}"
        verdict = "right" if self.ok else "WRONG"
        return (
            self.layer or "input",
            self.array,
            shape_text(self.shape),
            count,
            f"{self.error:.1e}",
            str(list(self.at)),
            f"{self.slope:.9g}",
            f"{self.difference:.9g}",
            f"{verdict}, {self.kinks} at a kink" if self.kinks else verdict,
        )


HEADINGS = ("layer", "array", "shape", "checked", "error", "worst at", "way back", "difference", "")


class Gradcheck(NamedTuple):
    """All rows; `str()` is a table, `to_data()` plain data for JSON."""

    name: str
    what: str
    loss: float
    events: int
    tolerance: float
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every slope that was looked at is right."""
        return all(row.ok for row in self.rows)

    def __str__(self) -> str:
        table = [HEADINGS, *(row.cells for row in self.rows)]
        widths = [max(len(row[k]) for row in table) for k in range(len(HEADINGS))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        wrong = sum(not row.ok for row in self.rows)
        end = "all slopes are right" if self.ok else f"{wrong} of {len(self.rows)} are WRONG"
        if not self.rows:
            return f"{self.name}: there is no slope to check"
        head = f"{self.name} in float64: {self.events} events, {self.what} {self.loss:.9g}"
        return "\n".join([head, "", *lines, "", f"{end}, to {self.tolerance:g} of their size"])

    def to_data(self) -> dict[str, Any]:
        """Give plain data for JSON."""
        rows = [row._asdict() | {"shape": list(row.shape), "at": list(row.at)} for row in self.rows]
        return self._asdict() | {"ok": self.ok, "rows": rows}


def gradcheck(
    model: NetworkSpec | Network,
    *,
    steps: int | None = None,
    batch: int = 3,
    seed: int | None = None,
    tolerance: float = 1e-6,
    layer: str | None = None,
    backend: str | Backend | None = None,
) -> Gradcheck:
    """Check the gradients of a spec, whose weights are then drawn, or of a network as it is.

    `steps` is the length of sequences where the spec takes any (default 5), `batch` the number of
    events, `seed` draws weights, inputs and targets (default: the spec's), `layer` names the only
    layer to look at, `backend` runs it. Raises DataError for numbers that cannot be and for a
    layer that is not there.
    """
    trial = Trial(model, steps=steps, batch=batch, seed=seed, backend=backend)
    spec = trial.spec
    if not 0 < tolerance < 1:
        raise DataError(f"tolerance: wanted a number between 0 and 1, found {tolerance!r}")
    names = [name for name, _ in stack.every(spec.layers) if name.count("/") == 0]
    if layer is not None and layer not in names:
        raise DataError(f"layer: there is no layer {layer!r}{nearest(layer, names)}")
    slopes = trial.slopes()
    draw, rows = Stream(trial.seed, "gradcheck"), []
    for name in [name for name in trial.arrays if name in slopes]:
        slope = slopes[name]
        owner, _, array = name.rpartition("/") if name != "x" else ("", "", "x")
        if layer is None or owner.partition("/")[0] == layer:
            looks = looked_at(
                trial.loss, trial.arrays[name], slope, _places(draw.of(name), slope), tolerance
            )
            rows.append(_row(owner, array, slope, looks))
    return Gradcheck(spec.name, trial.what, trial.loss(), batch, tolerance, tuple(rows))


def _places(draw: Stream, slope: Any) -> Any:
    """Give the entries of an array that are looked at: all, or some of many."""
    if slope.size <= MOST:
        return numpy.arange(slope.size)
    return numpy.unique(draw.words((MOST,)) % numpy.uint64(slope.size)).astype("int64")


def _row(layer: str, array: str, slope: Any, looks: list[Look]) -> Row:
    worst = max(looks, key=lambda look: (not look.ok, look.error, abs(look.slope)))
    at = tuple(int(index) for index in numpy.unravel_index(worst.place, slope.shape))
    return Row(
        layer,
        array,
        slope.shape,
        len(looks),
        worst.error,
        at,
        worst.slope,
        worst.difference,
        sum(look.kink for look in looks),
        all(look.ok for look in looks),
    )
