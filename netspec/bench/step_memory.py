"""A process of its own: the bytes that steps of training add to it, at their peak.

    python -m netspec.bench.step_memory NAME "lstm 10,100,30,10" THREADS

Linux keeps the peak of a process and forgets it when told to; elsewhere what the process had at its
peak before is taken as where it began.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from . import models
from .learners import Learner, known
from .shapes import Shape, parse

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
STEPS = 3


def main(name: str, line: str, threads: int) -> int:
    """Give the bytes."""

    def learn(learner: Learner, shape: Shape) -> int:
        model = models.one_layer(shape)
        x = models.inputs(model, shape.batch)
        before = _start()
        engine = learner.one(model, shape.batch, threads, checked=False)
        taken = engine.take(x)
        with engine.around():
            for _ in range(STEPS):
                engine.run(taken)
        return _peak() - before

    learner, shape = known()[name], parse(line)
    learn(learner, shape._replace(steps=2, batch=2, features=2, units=2))
    return learn(learner, shape)


def _start() -> int:
    """Forget the peak so far; give the bytes that are held."""
    try:
        CLEAR.write_text("5")
        return _of("VmRSS")
    except OSError:
        return _peak()


def _peak() -> int:
    try:
        return _of("VmHWM")
    except OSError:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _of(name: str) -> int:
    found = re.search(rf"^{name}:\s*(\d+) kB", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
