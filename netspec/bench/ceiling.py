"""What the machine can do at most: the large matrix product of NumPy's BLAS, in GFLOP/s.

Settings that make OpenBLAS take another kernel than the processor's own are left out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from ..errors import UnavailableError

SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
TELLING = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
SCRIPT = Path(__file__).with_name("product.py")
PATIENCE = 60  # seconds


class Ceiling(NamedTuple):
    """GFLOP/s with so many threads, by which kernel of the BLAS ("" where it does not say)."""

    gflops: float
    threads: int
    kernel: str


def ceiling(threads: int, seconds: float = 1.0) -> Ceiling:
    """Measure in a process of its own. Raises UnavailableError where that fails."""
    surroundings = {name: value for name, value in os.environ.items() if name not in SLOWING}
    surroundings |= dict.fromkeys(TELLING, str(threads)) | {"OPENBLAS_VERBOSE": "2"}
    try:
        run = subprocess.run(
            [sys.executable, "-P", str(SCRIPT), str(seconds)],
            env=surroundings,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
        )
        found = json.loads(run.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UnavailableError(f"NumPy's product could not be timed: {error}") from error
    said = re.search(r"Core: (\S+)", run.stderr)  # OpenBLAS alone says so
    return Ceiling(found["gflops"], threads, found["kernel"] or (said[1] if said else ""))


def natural() -> list[str]:
    """Take the slowing settings out of this process, before NumPy is loaded; give their names."""
    found = [name for name in SLOWING if name in os.environ]
    if "numpy" not in sys.modules:
        for name in found:
            del os.environ[name]
    return found
