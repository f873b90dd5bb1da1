"""All contestants on one network: a short trial of every way to run it, then the turns.

The trial finds each contestant's best way at one thread and its best way at several; both take
part, and the better of the two medians is what it is reported at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from .models import distance, in_float64
from .packages import reason
from .result import Cell, Time
from .timing import Clock, Turn, interleave, quiet, trial

if TYPE_CHECKING:
    from ..formats import Model
    from .rivals import Engine, Rival

FAR_BEHIND = 1.5  # times one thread's seconds, at which several threads are given up


class Entry(NamedTuple):
    """One way in which a contestant runs the network on parts of x, and what its trial gave."""

    engine: Engine
    parts: list[Any]
    threads: int | None
    batch: int
    how: str
    seconds: float = 0.0

    @property
    def call(self) -> Callable[[], Any]:
        """What the clock sees."""
        if len(self.parts) == 1:
            return partial(self.engine.run, self.parts[0])
        return partial(_each, self.engine.run, self.parts)

    def outputs(self, events: int) -> Any:
        """Give the outputs for the first so many events, as a NumPy array."""
        import numpy

        found = numpy.empty(0)
        with self.engine.around():
            for part in self.parts:
                # Copied at once: an engine may write every output into the same memory.
                y = numpy.array(self.engine.give(self.engine.run(part)))
                found = numpy.concatenate([found, y]) if found.size else y
                if len(found) >= events:
                    break
        return found[:events]


class Limits(NamedTuple):
    """How long, with how many threads at most, the least number of rounds, by which clock."""

    seconds: float
    threads: int
    rounds: int = 3
    clock: Clock = perf_counter


def contest(
    model: Model,
    x: Any,
    contestants: Mapping[str, Rival],
    limits: Limits,
    batches: Sequence[int] = (),
    exact: Any = None,
) -> dict[str, Cell]:
    """Give a cell for each contestant; what goes wrong with one stands in its own.

    `batches` are sizes of batch that a rival may cut x into; without them x is one batch, and
    netspec's always is. `exact` is what outputs are held against, where it is not the network's
    own in float64.
    """
    exact = in_float64(model, x) if exact is None else exact
    cells: dict[str, Cell] = {}
    turns: dict[tuple[str, int], Turn] = {}
    kept: dict[tuple[str, int], Time] = {}
    for name, contestant in contestants.items():
        sizes = batches if batches and name not in ("netspec", "numpy") else [len(x)]
        try:
            entries = _best(contestant, model, x, limits, sizes)
            for number, entry in enumerate(entries):
                key = name, number
                off = distance(entry.outputs(len(exact)), exact)
                kept[key] = Time(
                    entry.seconds, entry.seconds, entry.threads, entry.batch, entry.how, off
                )
                lively = entry.threads != 1
                turns[key] = Turn(entry.call, entry.engine.around, entry.seconds, lively)
        except Exception as error:  # whatever a rival may raise is said in its cell
            turns = {key: turn for key, turn in turns.items() if key[0] != name}
            cells[name] = Cell(problem=reason(error))
    taken = interleave(turns, limits.seconds, limits.rounds, limits.clock)
    times = {key: kept[key]._replace(seconds=t.median, least=t.least) for key, t in taken.items()}
    for name in contestants:
        own = [time for key, time in times.items() if key[0] == name]
        if own:
            one = next((time for time in own if time.threads in (1, None)), None)
            cells[name] = Cell(min(own, key=lambda time: time.seconds), one)
    failed = Cell(problem="failed in its turns")
    return {name: cells.get(name, failed) for name in contestants}


def _best(
    contestant: Rival, model: Model, x: Any, limits: Limits, batches: Sequence[int]
) -> list[Entry]:
    """Try every way; give the best at one thread, and at several if it is not far behind."""
    best: dict[bool, Entry] = {}
    for threads in contestant.threads(limits.threads):
        for batch in batches:
            for way, engine in contestant.engines(model, batch, threads).items():
                entry = _entry(engine, x, batch, threads, way, limits.clock)
                several = (threads or 1) > 1
                if several not in best or entry.seconds < best[several].seconds:
                    best[several] = entry
    if False in best and True in best and best[True].seconds > FAR_BEHIND * best[False].seconds:
        del best[True]
    return list(best.values())


def _entry(
    engine: Engine, x: Any, batch: int, threads: int | None, how: str, clock: Clock
) -> Entry:
    parts = [engine.take(x[first : first + batch]) for first in range(0, len(x), batch)]
    entry = Entry(engine, parts, threads, batch, how)
    with engine.around():
        quiet()  # the threads of whoever was tried before
        return entry._replace(seconds=trial(entry.call, clock))


def _each(run: Callable[[Any], Any], parts: list[Any]) -> None:
    for part in parts:
        run(part)
