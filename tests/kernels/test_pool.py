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


@pytest.mark.skipif(not COMPILER, reason="no C++ compiler")
@pytest.mark.parametrize("callers", [1, 3])
def test_every_part_is_done_once_and_no_two_threads_race(tmp_path, callers):
    file = compiled(tmp_path, "-fsanitize=thread")
    command = [str(file), str(callers), "4000"]
    # Where addresses are laid out too randomly for it, the sanitizer cannot start.
    if shutil.which("setarch"):
        command = ["setarch", "-R", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "0 wrong\n"), done.stderr[:2000]
