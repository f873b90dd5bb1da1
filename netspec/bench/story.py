"""What is wanted of a run, the run itself, and all that it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..errors import SpecError, UnavailableError, nearest
from . import ceiling as ceilings
from .shapes import CELLS, GROUPS, LARGE, Shape, parse

if TYPE_CHECKING:
    from pathlib import Path

    from .ceiling import Ceiling
    from .contest import Limits
    from .files import Filed
    from .result import Row
    from .rivals import Rival

NETWORK, FILES = "network", "files"
ALL = (*GROUPS, NETWORK, FILES)
SECONDS, QUICK_SECONDS = 1.5, 0.1
EVENTS, QUICK_EVENTS = 100_000, 5_000
BATCHES = (100, 1000, 10_000)

Tell = Callable[[str], None]


class Wanted(NamedTuple):
    """What to time: groups, shapes of one's own, rivals (all where there are none), how long.

    `seconds` are those of the turns on one network; `threads` is the most that anybody may use;
    `plot` is a file for bars. `train` wants steps of training in the place of calls.
    """

    only: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    quick: bool = False
    threads: int | None = None
    seconds: float | None = None
    plot: Path | None = None
    train: bool = False


@dataclass
class Report:
    """The head, rows by group, the ceiling by number of threads, and the files.

    `memory` has, for steps of training, the MB that each contestant's add, by shape.
    """

    machine: dict[str, Any]
    contestants: list[str]
    groups: dict[str, list[Row]] = field(default_factory=dict)
    ceilings: dict[int, Ceiling] = field(default_factory=dict)
    files: list[Filed] = field(default_factory=list)
    memory: dict[str, dict[str, float | str]] = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        from .result import PICKS, summary

        return {
            "machine": self.machine,
            "groups": {
                name: {
                    "rows": [row.to_data() for row in rows],
                    **{pick: summary(rows, pick)._asdict() for pick in PICKS},
                }
                for name, rows in self.groups.items()
            },
            "ceilings": [ceiling._asdict() for ceiling in self.ceilings.values()],
            "files": [filed.to_data() for filed in self.files],
            "memory": self.memory,
        }


def groups(wanted: Wanted) -> dict[str, tuple[Shape, ...]]:
    """Give the shapes by group; raises SpecError for a group or shape that there is none of.

    Shapes of one's own are taken in the place of the table: for each cell that is asked for,
    where the shape does not say its own.
    """
    known = (*CELLS,) if wanted.train else ALL
    for name in wanted.only:
        if name not in known:
            raise SpecError(f"there is no group {name!r}{nearest(name, known)}")
    chosen = set(wanted.only) or (set() if wanted.shapes else set(known))
    if wanted.shapes:
        cells = [cell for cell in CELLS if cell in chosen] or ["lstm"]
        own = [parse(line, cell) for line in wanted.shapes for cell in cells]
        rest = {name: () for name in (NETWORK, FILES) if name in chosen}
        return {"shapes": tuple(dict.fromkeys(own)), **rest}
    table = {**GROUPS, NETWORK: (), FILES: ()}
    return {name: _lighter(table[name], wanted.quick) for name in ALL if name in chosen}


def _lighter(shapes: tuple[Shape, ...], quick: bool) -> tuple[Shape, ...]:
    return tuple(shape for shape in shapes if not quick or shape.gflop < LARGE / 10)


def bench(wanted: Wanted | None = None, tell: Tell | None = None) -> Report:
    """Time what is wanted, and tell in a line what is being done.

    Raises SpecError, UnavailableError and DataError for what is not known; a rival that is missing
    or fails is said in its cells.
    """
    wanted, tell = wanted or Wanted(), tell or (lambda line: None)
    plan = groups(wanted)
    slowed = ceilings.natural()  # all that is imported from here on may load NumPy
    from . import learners, ours
    from .contest import Limits
    from .files import MEGABYTES, files
    from .machine import cores, machine
    from .plot import kind_of, plot
    from .rivals import chosen

    if wanted.plot is not None:
        kind_of(wanted.plot)

    rivals = learners.chosen(wanted.against) if wanted.train else chosen(wanted.against)
    threads = wanted.threads or cores()
    usual = QUICK_SECONDS if wanted.quick else SECONDS
    seconds = usual if wanted.seconds is None else wanted.seconds
    limits = Limits(seconds, threads)
    tell("versions")
    head = machine(rivals, threads) | {"left_out_of_the_environment": slowed}
    own = learners.known()[ours.NAME] if wanted.train else ours
    contestants: dict[str, Rival] = {ours.NAME: cast("Rival", own)}
    contestants |= {name: rival for name, rival in rivals.items() if name != ours.backend().name}
    report = Report(head, list(contestants))

    for name, shapes in plan.items():
        if name == FILES:
            sizes = MEGABYTES[: 1 if wanted.quick else None]
            report.files = list(files(20 * limits.seconds, sizes, tell))
        elif name == NETWORK:
            events = QUICK_EVENTS if wanted.quick else EVENTS
            report.groups[name] = list(_network(contestants, limits, events, tell))
        else:
            report.groups[name] = list(
                _layers(name, shapes, contestants, limits, tell, wanted.train)
            )
            if wanted.train:
                report.memory |= _memory(shapes, contestants, threads, tell)
    if any(row.gflop >= LARGE for rows in report.groups.values() for row in rows):
        for count in sorted({1, threads}):
            tell(f"NumPy's product, threads: {count}")
            try:
                report.ceilings[count] = ceilings.ceiling(count)
            except UnavailableError as error:
                report.machine["no_ceiling"] = str(error)
    if wanted.plot is not None:
        plot(report, wanted.plot)
    return report


def _layers(
    group: str,
    shapes: tuple[Shape, ...],
    contestants: Mapping[str, Rival],
    limits: Limits,
    tell: Tell,
    train: bool,
) -> Iterator[Row]:
    from . import lesson, models
    from .contest import contest
    from .neighbours import Neighbours
    from .result import Row

    for number, shape in enumerate(shapes, 1):
        tell(f"{group} {number} of {len(shapes)}: {shape}")
        model = models.one_layer(shape)
        neighbours = Neighbours()
        x = models.inputs(model, shape.batch)
        exact = lesson.in_float64(model, x) if train else None
        cells = contest(model, x, contestants, limits, exact=exact)
        yield Row(
            str(shape),
            cells,
            shape.batch,
            shape.dtype,
            lesson.gflop(shape) if train else shape.gflop,
            {"shape": shape._asdict()},
            neighbours.share(),
        )


def _memory(
    shapes: tuple[Shape, ...], names: Iterable[str], threads: int, tell: Tell
) -> dict[str, dict[str, float | str]]:
    """Give the MB of a step by shape and contestant, or why they are not known."""
    from .memory import added
    from .packages import reason

    found: dict[str, dict[str, float | str]] = {}
    for shape in shapes:
        tell(f"memory: {shape}")
        found[str(shape)] = {}
        for name in names:
            try:
                found[str(shape)][name] = added(name, shape, threads)
            except UnavailableError as error:
                found[str(shape)][name] = reason(error)
    return found


def _network(
    contestants: Mapping[str, Rival], limits: Limits, events: int, tell: Tell
) -> Iterator[Row]:
    """Time whole networks: one event, and many, which rivals may cut into batches."""
    from . import models
    from .contest import contest
    from .neighbours import Neighbours
    from .result import Row

    for model, one, many in (
        (models.jets(), "one event", "events"),
        (models.images(), "one image", "images"),
    ):
        for count in (1, events):
            name = one if count == 1 else f"{count:,} {many}"
            tell(f"network: {name}")
            x = models.inputs(model, count)
            batches = [size for size in BATCHES if count % size == 0 and size < count]
            neighbours = Neighbours()
            cells = contest(model, x, contestants, limits, [*batches, count] if batches else [])
            yield Row(name, cells, count, neighbours=neighbours.share())
