"""What the machine is, and what NumPy can do on it."""

from __future__ import annotations

import subprocess
import sys

from netspec.bench import ceiling, machine, neighbours
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


def test_what_others_take_is_what_the_books_say_without_this_process(monkeypatch, tmp_path):
    books, now, own = tmp_path / "stat", iter([10.0, 12.0]), iter([5.0, 7.0])
    tick = neighbours.os.sysconf("SC_CLK_TCK")

    def write(user, idle, system):
        columns = [user * tick, 0, system * tick, idle * tick, 0, 0, 0, 0, 0, 0]
        books.write_text(f"cpu  {' '.join(map(str, columns))}\ncpu0 1 2 3\n", encoding="ascii")

    monkeypatch.setattr(neighbours, "STAT", books)
    monkeypatch.setattr(neighbours, "perf_counter", lambda: next(now))
    monkeypatch.setattr(neighbours.os, "times", lambda: (next(own), 0.0, 0.0, 0.0, 0.0))
    write(user=100, idle=50, system=10)
    looking = neighbours.Neighbours()
    write(user=102, idle=99, system=11)  # three more seconds, of which two are this process's
    assert looking.share() == 0.5


def test_where_no_book_says_so_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(neighbours, "STAT", tmp_path / "none")
    assert neighbours.Neighbours().share() is None


def test_the_head_names_every_rival_there_or_not():
    head = machine.machine(known(), 1)
    assert set(head["rivals"]) == set(known())
    assert head["rivals"]["numpy"]
    assert head["backend"]
    assert head["processor"]
    assert head["cores"] >= 1
