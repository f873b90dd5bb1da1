"""Every CUDA source compiles, for all GPUs that netspec runs on, and rounds as it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import pytest

from netspec.backends.cuda.kernels import OPTIONS

from .model.compiler import HERE, KERNELS, folder, read

SOURCES = sorted((KERNELS / "cuda").glob("*.cu"))
ELEMENTARY = Path(__file__).with_name("elementary.cu")
NVCC = shutil.which("nvcc")
WANTED = re.compile(r"^// compiled with:(.*)$", re.M)
MACRO = re.compile(r"[A-Z][A-Z0-9_]*=-?\w+")
# Instructions that compute a float, and what makes them round to nearest, once, subnormals and all.
ROUNDED = re.compile(r"(?:fma|div|sqrt|add|sub|mul|rcp)(?:\.rn)?\.f(?:32|64)")
NEEDS_RN = ("fma", "div", "sqrt", "rcp")
APPROXIMATE = ("ex2", "lg2", "sin", "cos", "tanh", "rsqrt")


def combinations(source: Path) -> list[str]:
    return WANTED.findall(source.read_text(encoding="utf-8"))


# The first of a source becomes machine code, for an H100; the others become PTX for the oldest GPU.
CASES = [
    pytest.param(source, words, "compute_80" if n else "sm_90", id=f"{source.stem}-{n}")
    for source in SOURCES
    for n, words in enumerate(combinations(source))
]


def options(words: str, architecture: str) -> tuple[str, ...]:
    assert all(MACRO.fullmatch(word) for word in words.split()), words
    folders = (f"-I{KERNELS}", f"-I{KERNELS / 'cuda'}")
    return (*OPTIONS, f"-arch={architecture}", *folders, *(f"-D{w}" for w in words.split()))


def corrected(ptx: str) -> str:
    """Leave out each reciprocal that two fma round to nearest: minus_reciprocal in cuda/lanes.h."""
    return "".join(map(_corrected, re.split(r"(?=\.entry|\.func)", ptx)))  # each names its own


def _corrected(ptx: str) -> str:
    ptx = _corrected_doubles(ptx)
    one = "|".join(["0f3F800000", *re.findall(r"mov\.f32 \s*(%f\d+), 0f3F800000;", ptx)])
    for line, y, d in re.findall(r"(rcp\.approx\.ftz\.f32 (%f\d+), (%f\d+);)", ptx):
        users = [use.strip() for use in re.findall(rf".*{y}\b.*", ptx)]
        minus = "|".join(re.findall(rf"neg\.f32 \s*(%f\d+), {d};", ptx))
        error = re.compile(rf"fma\.rn\.f32 \s*(%f\d+), (?:{minus}), {y}, (?:{one});")
        errors = [found[1] for use in users if (found := error.fullmatch(use))]
        better = re.compile(rf"fma\.rn\.f32 \s*%f\d+, (?:{'|'.join(errors)}), {y}, {y};")
        if len(users) == 3 and errors and any(map(better.fullmatch, users)):
            ptx = ptx.replace(line, "")
    return ptx


def _corrected_doubles(ptx: str) -> str:
    """Leave out those of float64, whose guess gets its lower bits before two steps round it."""
    one = "|".join(["0d3FF0000000000000", *re.findall(r"mov\.f64 \s*(%fd\d+), 0d3FF0{13};", ptx)])

    def made(start: str, end: str) -> str:
        found = re.findall(rf"^\s*{start} \s*([%\w]+), {end};", ptx, re.M)
        return found[0] if len(found) == 1 else "none"

    def fma(a: str, b: str, c: str) -> str:
        return made(r"fma\.rn\.f64", f"(?:{a}, {b}|{b}, {a}), (?:{c})")

    for line, y, d in re.findall(r"(rcp\.approx\.ftz\.f64 (%fd\d+), (%fd\d+);)", ptx):
        high = re.findall(rf"mov\.b64 \s*{{\S+, (%r\d+)}}, {y};", ptx)
        guess = made(r"mov\.b64", rf"{{%r\d+, {high[0]}}}") if high else "none"
        minus = made(r"neg\.f64", d)
        e = fma(minus, guess, one)
        better = fma(guess, fma(e, e, e), guess)
        best = fma(better, fma(minus, better, one), better)
        users = [len(re.findall(rf"{name}\b", ptx)) for name in (y, guess)]
        if best != "none" and users == [2, 4]:
            ptx = ptx.replace(line, "")
    return ptx


def strange(ptx: str) -> set[str]:
    """Find instructions that round otherwise than the rules say."""
    ptx, found = corrected(ptx), set()
    for word in re.findall(r"^\s*(?:@!?%p\d+ )?([a-z][\w.]*)", ptx, re.M):
        name, *rest = word.split(".")
        if name in APPROXIMATE or {"ftz", "approx", "full", "rz", "rm", "rp", "sat"} & set(rest):
            if not name.startswith("cvt") or {"ftz", "sat"} & set(rest):
                found.add(word)
        elif rest and rest[-1] in {"f32", "f64"}:
            computes = name in {"fma", "div", "sqrt", "add", "sub", "mul", "rcp", "mad"}
            if computes and not (
                ROUNDED.fullmatch(word) and (name not in NEEDS_RN or "rn" in rest)
            ):
                found.add(word)
    return found


@cache
def nvrtc() -> Any:
    """Give NVRTC, which needs no driver."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # CuPy looks for an installation of CUDA
            from cupy.cuda import nvrtc as module

        module.getVersion()
    except Exception:  # CuPy's own, where its library does not load
        return None
    return module


def compiled(source: Path, words: str, architecture: str) -> str:
    """Give the PTX; it is kept, as the model's libraries are."""
    flags = options(words, architecture)
    if nvrtc() is None:
        if NVCC is None:
            pytest.skip("there is neither NVRTC nor nvcc, a compiler for GPUs")
        return kept(source, (NVCC, *flags), lambda: by_nvcc(source, flags))
    return kept(source, (str(nvrtc().getVersion()), *flags), lambda: by_nvrtc(source, flags))


def kept(source: Path, told: tuple[str, ...], compile_it: Callable[[], str]) -> str:
    seen: dict[Path, str] = {}
    read(source, (KERNELS, KERNELS / "cuda"), seen)
    name = sha256("\0".join([*told, *map(str, seen), *seen.values()]).encode()).hexdigest()[:32]
    path = folder() / f"{name}.ptx"
    if not path.exists():
        made = compile_it()
        with NamedTemporaryFile("w", dir=folder(), delete=False) as file:
            file.write(made)
        Path(file.name).replace(path)
    return path.read_text()


def by_nvrtc(source: Path, flags: tuple[str, ...]) -> str:
    module = nvrtc()
    program = module.createProgram(source.read_text(encoding="utf-8"), str(source), (), ())
    try:
        module.compileProgram(program, flags)
        code = module.getPTX(program)
        return code if isinstance(code, str) else code.decode()
    except module.NVRTCError as error:
        raise AssertionError(module.getProgramLog(program) or str(error)) from None
    finally:
        module.destroyProgram(program)


def by_nvcc(source: Path, flags: tuple[str, ...]) -> str:
    # NVRTC alone has a word for it that what is not said to be the device's is.
    flags = tuple(flag for flag in flags if flag != "-default-device")
    with TemporaryDirectory(dir=folder()) as place:
        out = Path(place) / "out.ptx"
        command = [str(NVCC), *flags, "--expt-relaxed-constexpr", "-ptx", "-o", str(out)]
        done = subprocess.run([*command, str(source)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return out.read_text()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_source_names_what_it_is_compiled_with(source):
    assert combinations(source)


@pytest.mark.parametrize(("source", "words", "architecture"), CASES)
def test_a_compiler_for_gpus_takes_every_source_and_nothing_is_rounded_otherwise(
    source, words, architecture
):
    ptx = compiled(source, words, architecture)
    assert ".entry" in ptx
    assert strange(ptx) == set()


@pytest.mark.skipif(not NVCC, reason="no nvcc, the CUDA compiler")
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_nvcc_takes_every_source_too(source):
    flags = options(combinations(source)[0], "compute_80")
    ptx = kept(source, (str(NVCC), *flags), lambda: by_nvcc(source, flags))
    assert ".entry" in ptx
    assert strange(ptx) == set()


def test_the_words_that_are_assembly_become_machine_code_for_a_newer_gpu():
    if nvrtc() is None or 120 not in nvrtc().getSupportedArchs():
        pytest.skip("there is no NVRTC that knows sm_120")
    assert compiled(HERE / "words.cu", "NUMBER=float SINGLE=1 HALVES=2", "sm_120")


@pytest.mark.skipif(not NVCC, reason="no nvcc, the CUDA compiler")
def test_a_cuda_compiler_takes_every_function_and_fuses_nothing_that_is_not_written():
    flags = (*OPTIONS, "-arch=sm_80", f"-I{KERNELS}")
    ptx = kept(ELEMENTARY, (str(NVCC), *flags), lambda: by_nvcc(ELEMENTARY, flags))
    assert strange(ptx) == set()
    kinds = {word for word in ptx.split() if word.startswith(("fma.", "mad.f", "div."))}
    assert kinds == {"fma.rn.f32", "fma.rn.f64", "div.rn.f32", "div.rn.f64"}


@pytest.mark.parametrize(
    "line",
    [
        "fma.rz.f32 %f1, %f2, %f3, %f4;",
        "mad.f32 %f1, %f2, %f3, %f4;",
        "add.ftz.f32 %f1, %f2, %f3;",
        "@%p1 div.approx.f32 %f1, %f2, %f3;",
        "div.full.f32 %f1, %f2, %f3;",
        "sqrt.approx.f64 %fd1, %fd2;",
        "ex2.approx.f32 %f1, %f2;",
        "setp.lt.ftz.f32 %p1, %f2, %f3;",
        "cvt.rn.ftz.f32.f64 %f1, %fd1;",
    ],
)
def test_an_instruction_that_rounds_otherwise_is_found(line):
    assert strange(f"\tadd.f32 %f1, %f2, %f3;\n\t{line}\n\tst.global.f32 [%rd1], %f1;") != set()


def test_a_reciprocal_is_let_through_only_where_it_is_corrected():
    lines = [
        *("rcp.approx.ftz.f32 %f1, %f2;", "neg.f32 %f3, %f2;", "mov.f32 %f4, 0f3F800000;"),
        *("fma.rn.f32 %f5, %f3, %f1, %f4;", "fma.rn.f32 %f6, %f5, %f1, %f1;"),
    ]
    assert strange("\n".join(lines)) == set()
    for place in range(1, len(lines)):
        assert strange("\n".join(lines[:place] + lines[place + 1 :])) == {"rcp.approx.ftz.f32"}
    assert strange("\n".join([*lines, "add.f32 %f7, %f1, %f1;"])) == {"rcp.approx.ftz.f32"}


def test_a_reciprocal_of_float64_is_let_through_only_where_it_is_corrected():
    lines = [
        *("rcp.approx.ftz.f64 %fd1, %fd2;", "mov.b64 {%temp, %r2}, %fd1;"),
        *("mov.b64 %fd3, {%r4, %r2};", "neg.f64 %fd4, %fd2;", "mov.f64 %fd5, 0d3FF0000000000000;"),
        *("fma.rn.f64 %fd6, %fd4, %fd3, %fd5;", "fma.rn.f64 %fd7, %fd6, %fd6, %fd6;"),
        *("fma.rn.f64 %fd8, %fd3, %fd7, %fd3;", "fma.rn.f64 %fd9, %fd4, %fd8, %fd5;"),
        "fma.rn.f64 %fd10, %fd8, %fd9, %fd8;",
    ]
    assert strange("\n".join(lines)) == set()
    for place in range(1, len(lines)):
        assert strange("\n".join(lines[:place] + lines[place + 1 :])) == {"rcp.approx.ftz.f64"}
    for user in ("add.f64 %fd11, %fd1, %fd1;", "add.f64 %fd11, %fd3, %fd2;"):
        assert strange("\n".join([*lines, user])) == {"rcp.approx.ftz.f64"}


def test_what_rounds_once_is_not_found():
    lines = (
        "fma.rn.f64 a;\nadd.rn.f32 a;\nmul.f64 a;\ncvt.rzi.s64.f64 a;\ndiv.rn.f32 a;\nmov.f32 a;"
    )
    assert strange(lines) == set()
