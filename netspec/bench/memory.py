"""The memory of a step of training: what it adds, at its peak, to a process that holds x alone.

Each contestant learns in a process of its own (`step_memory.py`): libraries are loaded and warm
from a tiny network, then weights, optimizer and a few steps are what is measured.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from ..errors import UnavailableError

if TYPE_CHECKING:
    from .shapes import Shape

MODULE = "netspec.bench.step_memory"
PATIENCE = 300  # seconds


def added(name: str, shape: Shape, threads: int) -> float:
    """Give the MB that steps of a learner add. Raises UnavailableError where that fails."""
    try:
        run = subprocess.run(
            [sys.executable, "-m", MODULE, name, str(shape), str(threads)],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        return float(json.loads(run.stdout)) / 1e6
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no reason given"]
        raise UnavailableError(f"the memory of {name} could not be measured: {lines[-1]}") from None
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UnavailableError(f"the memory of {name} could not be measured: {error}") from None
