"""A run on a GPU, and all that it came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..result import OURS, Row, Time
from ..shapes import CELLS, LARGE, TABLE, Shape
from ..timing import geometric_mean
from .contestants import CHECKED, FULL, OURS_TF32, ROUNDED, TF32
from .roofline import Ceiling, least_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..contest import Limits
    from ..rivals import Rival
    from ..story import Tell, Wanted

FILLING = (
    (10, 100_000, 30, 10),
    (20, 1_000_000, 10, 32),
    (50, 4096, 64, 128),
    (200, 256, 256, 512),
)
SMALL = 128  # units of a layer, at most, that counts as small
SECONDS, QUICK_SECONDS = 1.0, 0.1


@dataclass
class Report:
    """The device, its ceiling, rows by group; `train` says that they are steps of training."""

    device: dict[str, Any]
    ceiling: Ceiling
    train: bool
    groups: dict[str, list[Row]] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)

    def seconds(self, row: Row, name: str) -> float | None:
        """Give the median of a contestant; None where it has none or its numbers are wrong.

        TF32's numbers are never as near as float32's, and count as they are.
        """
        best = row.cells[name].best
        return None if best is None or not self._right(row, name, best) else best.seconds

    def _right(self, row: Row, name: str, time: Time) -> bool:
        return name in ROUNDED or row.time(name, "best") is time

    def ratio(self, row: Row, rival: str = FULL, own: str = OURS) -> float | None:
        """Give how many times as fast as a rival netspec is."""
        ours, theirs = self.seconds(row, own), self.seconds(row, rival)
        return theirs / ours if ours and theirs else None

    def share(self, row: Row) -> float | None:
        """Give the share of the roofline that netspec reaches."""
        ours = self.seconds(row, OURS)
        least = least_seconds(self.shapes[row.name], self.ceiling, self.train)
        return least / ours if ours and least else None

    def verdict(self, rows: list[Row]) -> dict[str, float | None]:
        """Give the worst ratio, the geometric mean, and that of layers of few units."""
        found = {row.name: ratio for row in rows if (ratio := self.ratio(row)) is not None}
        small = [ratio for name, ratio in found.items() if self.shapes[name].units <= SMALL]
        return {
            "worst": min(found.values(), default=None),
            "mean": geometric_mean(found.values()),
            "mean_of_few_units": geometric_mean(small),
        }

    def to_data(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        return {
            "device": self.device,
            "ceiling": self.ceiling._asdict(),
            "train": self.train,
            "groups": {
                name: {
                    "rows": [
                        row.to_data()
                        | {
                            "ratio_to": {rival: self.ratio(row, rival) for rival in (FULL, TF32)},
                            "ratio_with_tf32": self.ratio(row, TF32, OURS_TF32),
                            "share_of_roofline": self.share(row),
                        }
                        for row in rows
                    ],
                    **self.verdict(rows),
                }
                for name, rows in self.groups.items()
            },
        }


def groups(wanted: Wanted) -> dict[str, tuple[Shape, ...]]:
    """Give the shapes by group, a group a cell, or those of one's own.

    Raises SpecError for a group or a shape that there is none of.
    """
    from ..story import groups as on_a_processor

    if wanted.shapes or wanted.only:
        chosen = on_a_processor(wanted._replace(train=True, quick=False))
        if wanted.shapes:
            return chosen
    else:
        chosen = dict.fromkeys(CELLS, ())
    every = {cell: [Shape(*sizes, cell=cell) for sizes in (*TABLE, *FILLING)] for cell in chosen}
    return {
        cell: tuple(s for s in shapes if not wanted.quick or s.gflop < LARGE / 10)
        for cell, shapes in every.items()
    }


def bench(wanted: Wanted, device: str = "cuda", tell: Tell | None = None) -> Report:
    """Time what is wanted on a GPU, and tell in a line what is being done.

    Raises SpecError for what is not known, UnavailableError where there is no GPU.
    """
    from ...network import build
    from ..contest import Limits
    from ..models import jets
    from .clock import EventClock
    from .roofline import measure

    tell = tell or (lambda line: None)
    plan = groups(wanted)
    b = build(jets().spec, device=device).backend
    usual = QUICK_SECONDS if wanted.quick else SECONDS
    seconds = usual if wanted.seconds is None else wanted.seconds
    with b.computing():
        cupy = _cupy()
        clock = EventClock(cupy.cuda)
        tell("what the device can do")
        report = Report(_facts(cupy), measure(cupy, clock), wanted.train)
        cupy.get_default_memory_pool().free_all_blocks()
        limits = Limits(seconds, 1, clock=clock)
        for name, shapes in plan.items():
            report.groups[name] = list(_rows(report, name, shapes, limits, device, tell))
    return report


def _rows(
    report: Report, group: str, shapes: tuple[Shape, ...], limits: Limits, device: str, tell: Tell
) -> Iterator[Row]:
    from .. import lesson, models
    from ..contest import contest
    from .contestants import all_of

    for number, shape in enumerate(shapes, 1):
        tell(f"{group} {number} of {len(shapes)}: {shape}")
        model = models.one_layer(shape)
        x = models.inputs(model, shape.batch)
        exact = lesson.in_float64(model, x[:CHECKED]) if report.train else None
        everybody = cast("Mapping[str, Rival]", all_of(device, report.train))
        cells = contest(model, x, everybody, limits, exact=exact)
        gflop = lesson.gflop(shape) if report.train else shape.gflop
        report.shapes[str(shape)] = shape
        yield Row(str(shape), cells, shape.batch, shape.dtype, gflop, {"shape": shape._asdict()})
        _cupy().get_default_memory_pool().free_all_blocks()


def _facts(cupy: Any) -> dict[str, Any]:
    """Give the name of the device and the versions of what runs on it."""
    from ...backends.cuda.device import told
    from ...errors import UnavailableError
    from ..packages import version
    from ..rivals import torch

    found = told()
    facts = found["devices"][cupy.cuda.runtime.getDevice()]
    try:
        rival = torch.version()
    except UnavailableError:
        rival = None
    return {
        "name": facts["name"],
        "multiprocessors": facts["multiprocessors"],
        "netspec": version("netspec") or "not installed",
        "cupy": found["cupy"],
        "cuda": found["runtime"],
        "driver": found["driver"],
        "torch": rival,
    }


def _cupy() -> Any:
    from ..packages import package

    return package("cupy")
