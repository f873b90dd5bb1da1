"""The pool of threads under a sanitizer: no two threads touch the same memory unordered."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .recipe import KERNELS

COMPILER = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")
PROGRAM = Path(__file__).with_name("jobs.cpp")


def compiled(folder: Path, *flags: str) -> Path:
    file = folder / "jobs"
    command = [COMPILER, "-O1", "-g", "-std=c++17", *flags, f"-I{KERNELS}", str(PROGRAM)]
    command += [str(KERNELS / "pool.cpp"), "-pthread", "-o", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"the compiler has no {flags}: {done.stderr[:200]}")
    return file


def run(file: Path, callers: int, jobs: int) -> None:
    command = [str(file), str(callers), str(jobs)]
    # Where addresses are laid out too randomly for it, the sanitizer cannot start.
    if shutil.which("setarch"):
        command = ["setarch", "-R", *command]
    environment = os.environ | {"TSAN_OPTIONS": "atexit_sleep_ms=0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stdout) == (0, "0 wrong\n"), done.stderr[:2000]


@pytest.mark.skipif(not COMPILER, reason="no C++ compiler")
def test_every_part_is_done_once_and_no_two_threads_race(tmp_path):
    file = compiled(tmp_path, "-fsanitize=thread")
    run(file, callers=1, jobs=4000)
    run(file, callers=3, jobs=4000)
