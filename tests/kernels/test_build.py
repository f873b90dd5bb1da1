"""How the kernels are compiled: every file, with flags that change no bit, each path by itself.

The rules stand in `netspec/kernels/README.md` and `lanes.h`; here they are held against what
`CMakeLists.txt` and the files say.
"""

from __future__ import annotations

import re

import pytest

from .recipe import KERNELS, RECIPE, listed

# These change bits, or are for the processor alone on which netspec is compiled.
BANNED_FLAGS = re.compile(
    r"-Ofast|-f(?:(?:fast|unsafe|associative|reciprocal|finite)-math[\w-]*|no-signed-zeros"
    r"|lto[\w=]*|fp-contract=(?!off)\w+)|-m(?:arch|tune|cpu)=[\w-]+"
)
NEEDED_FLAGS = {"-ffp-contract=off", "-fno-fast-math", "-fno-trapping-math", "-fno-lto", "-O3"}

# What a path may include besides netspec's own files: types, the instructions themselves, and C,
# which has no templates. Of <cmath> it is std::fma, which only the scalar path calls, compiled for
# any processor.
FREE_HEADERS = {"cstddef", "cstdint", "immintrin.h", "arm_neon.h", "sched.h", "time.h"}
SCALAR_HEADERS = {"emulated_fma.h": {"cmath"}}


def strange_headers(start: str, texts: dict[str, str]) -> list[str]:
    """Find what a path's file includes, itself or through others, that it must not."""
    seen, ahead, found = set(), [start], []
    while ahead:
        file = ahead.pop()
        if file in seen:
            continue
        seen.add(file)
        for header in re.findall(r"^\s*#\s*include\s*<(.+?)>", texts[file], re.M):
            if header not in FREE_HEADERS | SCALAR_HEADERS.get(file, set()):
                found.append(f"{file} includes <{header}>")
        # What lies in cuda/ is for a GPU's compiler alone.
        ahead += re.findall(r'^\s*#\s*include\s*"(?!cuda/)(.+?)"', texts[file], re.M)
    return found


def texts() -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in KERNELS.iterdir()
        if path.suffix in {".h", ".cpp"}
    }


def test_every_file_is_in_one_list_or_a_program_of_its_own():
    plain, paths = set(listed("SOURCES")), set(listed("PATH_SOURCES"))
    files = {name: text for name, text in texts().items() if name.endswith(".cpp")}
    programs = {name for name, text in files.items() if re.search(r"^int main\(", text, re.M)}
    assert not plain & paths
    assert plain | paths == set(files) - programs


def test_the_flags_keep_every_bit():
    assert set(listed("FLAGS")) >= NEEDED_FLAGS
    assert not BANNED_FLAGS.findall(re.sub(r"#.*", "", RECIPE))


@pytest.mark.parametrize(
    "flag", ["-ffast-math", "-march=native", "-ffp-contract=fast", "-flto=auto"]
)
def test_a_flag_that_would_change_bits_is_seen(flag):
    assert BANNED_FLAGS.findall(f"set(FLAGS -O3 {flag})") == [flag]


@pytest.mark.parametrize("file", listed("PATH_SOURCES"))
def test_a_path_includes_nothing_of_the_library(file):
    assert strange_headers(file, texts()) == []


def test_a_header_of_the_library_is_seen_through_others():
    files = {"paths.cpp": '#include "a.h"\n#include <cstdint>', "a.h": "#  include <vector>"}
    assert strange_headers("paths.cpp", files) == ["a.h includes <vector>"]
