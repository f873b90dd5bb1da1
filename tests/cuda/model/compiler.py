"""A processor's compiler makes a library of a CUDA source: once for each content, for all who test.

What was compiled lies in a folder of the user's own under the system's temporary one, named by a
hash of the source, of all that it includes, of the macros, the flags and the compiler.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = HERE.parents[2] / "netspec" / "kernels"
NAMES = (os.environ.get("CXX", ""), "g++", "clang++") if sys.platform == "linux" else ()
COMPILER = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = (
    *("-std=c++17", "-O1", "-g1", "-w", "-fPIC", "-shared", "-Wl,-Bsymbolic"),
    *("-ffp-contract=off", "-fno-fast-math", "-fno-math-errno", "-fno-trapping-math"),
    *("-fwrapv", "-fno-strict-aliasing", "-fno-exceptions", "-fno-rtti"),
    "-fstack-clash-protection",  # no array of a thread's own reaches over the page behind its stack
)
# A vector is loaded from an address that is a multiple of its size, or the GPU stops; an array of a
# thread's own has no guard behind it.
CHECKS = ("-fsanitize=alignment,bounds", "-fsanitize-undefined-trap-on-error")
A_DAY = 86400.0

KERNEL = re.compile(
    r"\bKERNEL\s+(?:__launch_bounds__\s*\(((?:[^()]|\([^()]*\))*)\)\s*)?(\w+)\s*\(", re.ASCII
)
NAME = re.compile(r"\b[A-Za-z_]\w*", re.ASCII)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"(.+?)"', re.M)


class CompileError(RuntimeError):
    """What the compiler said."""


@cache
def folder() -> Path:
    """Give the folder of what was compiled, without what nobody has used for a day."""
    path = Path(tempfile.gettempdir()) / f"netspec-gpu-model-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    if path.stat().st_uid != os.getuid() or path.is_symlink():
        path = Path(tempfile.mkdtemp(prefix="netspec-gpu-model-"))
    for file in path.iterdir():
        with suppress(FileNotFoundError):  # another worker was faster
            if file.is_file() and file.stat().st_mtime < time.time() - A_DAY:
                file.unlink()
    return path


@cache
def _version() -> str:
    done = subprocess.run([str(COMPILER), "--version"], capture_output=True, text=True, check=True)
    return done.stdout


@cache
def _fused() -> tuple[str, ...]:
    """Give the flag for the processor's own fma, without which the C library computes it."""
    if platform.machine() != "x86_64":
        return ()
    try:
        words = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        words = []
    return ("-mfma",) if "fma" in words else ()


def read(path: Path, folders: Sequence[Path], seen: dict[Path, str]) -> None:
    """Read a file and all that it includes by a name in quotes."""
    path = path.resolve()
    if path in seen:
        return
    seen[path] = text = path.read_text(encoding="utf-8")
    for name in INCLUDE.findall(text):
        for place in (path.parent, *folders):
            if (place / name).is_file():
                read(place / name, folders, seen)
                break


def _build(source: Path, flags: Sequence[str], content: Sequence[str]) -> Path:
    if COMPILER is None:
        raise CompileError("there is no C++ compiler: wanted g++ or clang++")
    told = "\0".join([_version(), *flags, *content])
    out = folder() / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.so"
    if out.exists():
        os.utime(out)
        return out
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        made = Path(place) / "made.so"
        command = [str(COMPILER), *flags, "-x", "c++", str(source), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=place)
        if done.returncode:
            raise CompileError(done.stderr[:20000])
        made.replace(out)
    return out


@cache
def machine() -> Path:
    """Compile the machine that runs kernels."""
    content = [path.read_text() for path in (HERE / "machine.cpp", *sorted(HERE.glob("*.h")))]
    flags = ("-std=c++17", "-O2", "-g1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")
    return _build(HERE / "machine.cpp", flags, content)


def _doors(kernels: Mapping[str, str]) -> Iterator[str]:
    """Write a door to each kernel: to something missing, where the macros leave it out."""
    used = sorted({word for bounds in kernels.values() for word in NAME.findall(bounds)})
    for name in used:
        yield f"#ifndef {name}\nnamespace netspec {{ inline constexpr int {name} = 0; }}\n#endif"
    for name, bounds in kernels.items():
        yield (
            f"namespace netspec {{ inline constexpr ::gpu_model::Missing {name}{{}}; "
            'namespace NETSPEC_PATH { extern "C" __attribute__((visibility("default"))) '
            f"bool gpu_model_door_{name}(::gpu_model::Entry* entry) "
            f"{{ return ::gpu_model::Door<&{name}>::open(entry, {bounds or 0}); }} }} }}"
        )


def _bounds(said: str) -> str:
    """Give the first of `__launch_bounds__`'s numbers, where it is a plain expression."""
    return said.split(",")[0] if re.fullmatch(r"[\w\s()*+/,-]*", said) else ""


def library(
    source: Path, macros: Mapping[str, object], folders: Sequence[Path] = (KERNELS / "cuda",)
) -> tuple[Path, list[str]]:
    """Compile a .cu file; give the library and the names of the kernels in it.

    Raises CompileError with what the compiler said.
    """
    seen: dict[Path, str] = {}
    read(source, folders, seen)
    kernels = {name: _bounds(said) for text in seen.values() for said, name in KERNEL.findall(text)}
    words = {"NETSPEC_CUDA": 1, "NETSPEC_CUDA_MODEL": 1, "NETSPEC_PATH": "cuda"} | dict(macros)
    flags = (
        *(*FLAGS, *CHECKS, *_fused()),
        *(f"-D{name}" if value is None else f"-D{name}={value}" for name, value in words.items()),
        *(f"-I{place}" for place in (HERE, *folders)),
    )
    text = "\n".join([f'#include "{source}"', *_doors(kernels), ""])
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        whole = Path(place) / "whole.cpp"
        whole.write_text(text)
        return _build(whole, flags, [text, *map(str, seen), *seen.values()]), list(kernels)
