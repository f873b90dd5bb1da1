"""AArch64 gives the bits that this machine gives: both run the same program and print hashes.

The program, `bits.cpp`, is compiled for AArch64, with NEON and without, and run by QEMU; and for
this machine's scalar path, to which the other tests hold its other paths. The compilers may
optimise as differently as they like: here it is least of all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .recipe import KERNELS, listed

FLAGS = ["-std=c++17", "-Wno-psabi", f"-I{KERNELS}", *listed("FLAGS")]
# What is bound to Python is in files of their own.
SOURCES = [str(KERNELS / name) for name in listed("SOURCES") if not name.endswith("module.cpp")]
PROGRAM = str(Path(__file__).with_name("bits.cpp"))

CROSS = shutil.which("aarch64-linux-gnu-g++")
QEMU = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
HOST = shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")

pytestmark = pytest.mark.skipif(
    not (CROSS and QEMU and HOST), reason="no compiler for AArch64 and QEMU to run what it compiles"
)


def program(folder: Path, compiler: str, paths: dict[str, list[str]], *extra: str) -> Path:
    """Compile the program with some paths; give its file."""
    objects = []
    for path, flags in paths.items():
        for source in listed("PATH_SOURCES"):
            objects.append(str(folder / f"{path}_{source}.o"))
            run(
                compiler, *FLAGS, "-fno-exceptions", f"-DNETSPEC_PATH={path}", *extra, *flags,
                "-c", str(KERNELS / source), "-o", objects[-1],
            )  # fmt: skip
    known = [f"-DNETSPEC_HAS_{path.upper()}" for path in paths]
    file = folder / "bits"
    run(compiler, *FLAGS, *known, *extra, PROGRAM, *SOURCES, *objects, "-pthread", "-o", str(file))
    return file


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hashes(lines: str) -> dict[str, dict[str, str]]:
    """Give the hashes of each path by what was computed."""
    found: dict[str, dict[str, str]] = {}
    for line in lines.splitlines():
        path, rest = line.split(" ", 1)
        what, value = rest.rsplit(" ", 1)
        found.setdefault(path, {})[what] = value
    return found


# One test, so that it compiles once however many processes share out the tests.
def test_aarch64_gives_the_same_bits(tmp_path):
    folders = here, there = tmp_path / "here", tmp_path / "there"
    for folder in folders:
        folder.mkdir()
    file = program(here, HOST, {"scalar": ["-DNETSPEC_SCALAR"]}, "-O1")
    wanted = hashes(run(str(file)))["scalar"]
    words = "function product sum rnn lstm gru dz dh network images formula text"
    for word in words.split():
        assert any(word in what for what in wanted)
    assert not [what for what in wanted if "not read back" in what or "not put back" in what]

    paths = {"neon": ["-O3"], "scalar": ["-DNETSPEC_SCALAR"]}
    found = hashes(run(QEMU, str(program(there, CROSS, paths, "-O1", "-static"))))
    assert set(found) == {"neon", "scalar"}
    for values in found.values():
        assert [what for what, value in wanted.items() if values.get(what) != value] == []
        assert values.keys() == wanted.keys()
