"""How fast events pass from a file through a network into another: `netspec predict`, whole.

Beside it stands the network alone, on chunks of an array in memory, larger than the caches: what
`predict` would reach if reading and writing took no time. A run of `predict` is a process of its
own, so that its memory can be told; the time that it takes for few events is that of its start,
and is taken off.

The events are ten branches of thirty float32 numbers, not packed; in a parquet file three hundred
columns, for a list of numbers costs Arrow more than the numbers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, Final, NamedTuple

from ..errors import DataError, UnavailableError, nearest
from ..resources import example
from .models import generator

KINDS: Final = ("root", "parquet")
STEPS, FEATURES = 10, 30
BLOCK: Final = 25_000  # events of a basket, or of a row group: 3 MB of a branch, as ROOT has them
FEW: Final = 1000  # events, of which the start alone takes time
RUNS: Final = 3
SECONDS: Final = 3.0  # of the network alone
HELD: Final = 2**16  # events in memory that it is given
LOOK: Final = 0.02  # seconds between two looks at a process's memory
CHUNK: Final = 4096  # of them at a time

Tell = Callable[[str], None]


class Passage(NamedTuple):
    """Events a second by `predict` from a file, and by the network alone; seconds and memory.

    `start` is how long few events took. Memory is the peak of the process, in bytes.
    """

    kind: str
    events: int
    threads: int
    alone: float
    seconds: float
    start: float
    memory: int
    size: int

    @property
    def rate(self) -> float:
        """Events a second, without the start."""
        return self.events / max(self.seconds - self.start, 1e-9)

    def to_data(self) -> dict[str, Any]:
        """Give plain data, for JSON."""
        return self._asdict() | {"rate": self.rate, "share": self.rate / self.alone}


def passage(
    events: int, kind: str, threads: int | None = None, tell: Tell | None = None
) -> Passage:
    """Write a file of so many events, run `predict` on it a few times, and the network alone.

    The file lies where the system keeps files for a while (TMPDIR); 1.2 GB a million events.
    Raises DataError for a kind that is none of `KINDS`, UnavailableError where its packages are
    missing or `predict` fails.
    """
    if kind not in KINDS:
        raise DataError(f"events are timed from no {kind!r}{nearest(kind, KINDS)}")
    tell = tell or (lambda line: None)
    model = example("time_series") / "time_series.weights.xml"
    with TemporaryDirectory(prefix="netspec-bench-") as folder:
        file, few = (Path(folder) / f"{name}.{kind}" for name in ("events", "few"))
        for path, count in ((few, FEW), (file, events)):
            tell(f"{kind}: {count:,} events are written")
            write(path, count)
        runs = []
        for number in range(RUNS):
            tell(f"{kind}: run {number + 1} of {RUNS}")
            alone, used = _alone(model, threads)
            starting, _ = _predict(model, few, used)
            runs.append((alone, starting, *_predict(model, file, used)))
        size = file.stat().st_size
    middle = [median(run[k] for run in runs) for k in range(3)]
    memory = max(run[3] for run in runs)
    return Passage(kind, events, used, middle[0], middle[2], middle[1], memory, size)


def write(path: Path, events: int) -> None:
    """Write events to a tree, or to a parquet file; their numbers come again after each block."""
    from ..data import kind
    from ..data.libraries import package

    package({"root": "uproot"}.get(path.suffix[1:], "pyarrow"))
    x = generator(1).standard_normal((min(BLOCK, events), STEPS, FEATURES), "float32")

    def blocks() -> Iterator[dict[str, Any]]:
        for first in range(0, events, BLOCK):
            some = x[: events - first]
            if path.suffix == ".root":
                yield {f"vars_time{k}": some[:, k] for k in range(STEPS)}
            else:
                yield {
                    f"vars_time{k}[{n}]": some[:, k, n]
                    for k in range(STEPS)
                    for n in range(FEATURES)
                }

    with path.open("w+b") as stream:
        kind(path).fill(stream, blocks(), rows=BLOCK)


def _alone(model: Path, threads: int | None) -> tuple[float, int]:
    """Give the events a second of the network on chunks in memory, and its threads."""
    from ..network import load

    network = load(model, threads=threads)
    x = generator(2).standard_normal((HELD, STEPS * FEATURES), "float32")
    network(x)
    start, count = perf_counter(), 0
    while (taken := perf_counter() - start) < SECONDS:
        first = count % HELD
        network(x[first : first + CHUNK])
        count += CHUNK
    return count / taken, int(getattr(network.backend, "threads", 1))


def _predict(model: Path, file: Path, threads: int) -> tuple[float, int]:
    """Give the seconds and the peak of memory of a run of its own."""
    out = file.with_name(f"scores{file.suffix}")
    line = [sys.executable, "-m", "netspec", "predict", str(model), str(file), "-o", str(out)]
    around = os.environ | {"NETSPEC_THREADS": str(threads)}
    start = perf_counter()
    memory = 0
    with subprocess.Popen(
        line, env=around, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        while run.poll() is None:
            memory = max(memory, _peak(run.pid))
            sleep(LOOK)
        seconds = perf_counter() - start
        assert run.stderr is not None
        said = run.stderr.read()
    if run.returncode:
        raise UnavailableError(f"netspec predict failed: {said.strip()}")
    return seconds, memory


def _peak(process: int) -> int:
    """Give the most memory that a process has held so far, 0 where the system does not say.

    What the system tells of a process at its end counts its parent's memory, too.
    """
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s*(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
