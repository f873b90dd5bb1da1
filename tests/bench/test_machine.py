"""What the machine is, and what NumPy can do on it."""

from __future__ import annotations

import subprocess
import sys

from netspec.bench import ceiling, machine
from netspec.bench.rivals import known


def test_the_ceiling_is_measured_in_a_process_of_its_own(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    found = ceiling.ceiling(1, seconds=0.01)
    assert found.gflops > 0
    assert found.threads == 1
    assert found.kernel != "Prescott"


def test_settings_that_slow_numpy_down_are_taken_out_before_it_is_loaded():
    script = (
        "import os, netspec.bench.ceiling as c; print(c.natural());"
        "print([name for name in c.SLOWING if name in os.environ])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"OPENBLAS_CORETYPE": "Haswell", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == ["['OPENBLAS_CORETYPE']", "[]"]


def test_the_head_names_every_rival_there_or_not():
    head = machine.machine(known(), 1)
    assert set(head["rivals"]) == set(known())
    assert head["rivals"]["numpy"]
    assert head["backend"]
    assert head["processor"]
    assert head["cores"] >= 1
