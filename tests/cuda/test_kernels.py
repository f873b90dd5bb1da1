"""Kernels are compiled once for each set of macros, kept on disk, and launched."""

from __future__ import annotations

import re
import struct
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from netspec.backends.cuda import CudaBackend, keeping, kernels
from netspec.backends.cuda.device import Device
from netspec.errors import UnavailableError

MACROS = {"NUMBER": "float", "DIMS": 1, "INDEX": "int32_t"}
FOUND = re.compile(r"[0-9a-f]{64}\.cubin")


@pytest.fixture
def b(device_model, tmp_path, monkeypatch):
    """A backend that has compiled nothing yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keeping.folder.cache_clear()
    return CudaBackend()


@pytest.fixture
def compilations(device_model, monkeypatch):
    """The names of the files that NVRTC is asked to compile."""
    asked, nvrtc = [], device_model.cuda.nvrtc
    create = nvrtc.createProgram

    def counted(source, name, *rest):
        asked.append(name.rsplit("/", 1)[-1])
        return create(source, name, *rest)

    monkeypatch.setattr(nvrtc, "createProgram", counted)
    return asked


def add(b, x, y):
    with b.computing():
        return b.numpy(b.array(x) + b.array(y))


ONES = np.ones(3, "float32")


def test_a_kernel_is_compiled_once_for_all_processes(b, compilations, tmp_path):
    for backend in (b, b, CudaBackend()):
        assert add(backend, ONES, ONES).tolist() == [2, 2, 2]
    assert compilations == ["elementwise.cu"]
    files = list((tmp_path / "netspec" / "cuda").iterdir())
    assert [bool(FOUND.fullmatch(file.name)) for file in files] == [True]


def test_other_macros_another_header_and_another_gpu_are_compiled_anew(
    b, compilations, monkeypatch, device_model
):
    add(b, ONES, ONES)
    add(b, ONES.astype("float64"), ONES.astype("float64"))
    assert len(compilations) == 2
    monkeypatch.setattr(kernels, "_headers", lambda: "others")
    add(CudaBackend(), ONES, ONES)
    assert len(compilations) == 3
    device_model.machine.gpus[0].compute = (10, 0)
    add(CudaBackend(), ONES, ONES)
    assert len(compilations) == 4


def test_another_compiler_compiles_anew(b, compilations, device_model, monkeypatch):
    add(b, ONES, ONES)
    monkeypatch.setattr(device_model.cuda.nvrtc, "getVersion", lambda: (99, 1))
    add(CudaBackend(), ONES, ONES)
    assert len(compilations) == 2


def test_of_several_siblings_that_are_known_the_newest_that_runs_there_is_compiled_for():
    nvrtc = SimpleNamespace(getSupportedArchs=lambda: (80, 86, 87, 89, 90))
    cupy = SimpleNamespace(cuda=SimpleNamespace(nvrtc=nvrtc))
    for compute, option in (((8, 8), "sm_87"), ((8, 0), "sm_80"), ((9, 0), "sm_90")):
        assert kernels._architecture(cupy, compute) == f"-arch={option}"


def test_a_header_that_changes_changes_the_hash(monkeypatch, tmp_path):
    (tmp_path / "one.h").write_text("1")
    monkeypatch.setattr(kernels, "SOURCES", tmp_path)
    kernels._headers.cache_clear()
    first = kernels._headers()
    (tmp_path / "one.h").write_text("2")
    kernels._headers.cache_clear()
    second = kernels._headers()
    kernels._headers.cache_clear()
    assert first != second


def test_a_file_that_did_not_stay_what_it_was_is_compiled_again(b, compilations, tmp_path):
    add(b, ONES, ONES)
    file = next((tmp_path / "netspec" / "cuda").iterdir())
    file.write_bytes(file.read_bytes()[:5])
    assert add(CudaBackend(), ONES, ONES).tolist() == [2, 2, 2]
    assert compilations == ["elementwise.cu"] * 2


def test_without_a_place_for_it_nothing_is_kept(device_model, monkeypatch, tmp_path):
    (tmp_path / "netspec").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    keeping.folder.cache_clear()
    assert add(CudaBackend(), ONES, ONES).tolist() == [2, 2, 2]
    keeping.folder.cache_clear()


def test_threads_that_ask_at_once_share_one_compilation(b, compilations):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: add(b, ONES, n * ONES)[0], range(24)))
    assert results == [1.0 + n for n in range(24)]
    assert compilations == ["elementwise.cu"]


def test_a_kernel_that_does_not_compile_ends_in_one_sentence(b, monkeypatch, tmp_path):
    folder = tmp_path / "kernels"
    (folder / "cuda").mkdir(parents=True)
    (folder / "cuda" / "wrong.cu").write_text("int f(\n{\nthis is no C++")
    monkeypatch.setattr(kernels, "SOURCES", folder)
    with pytest.raises(UnavailableError) as error:
        b.kernels.kernel("wrong.cu", {}, "f")
    sentence = str(error.value)
    assert sentence.startswith("device 'cuda': the kernels of wrong.cu do not compile (")
    assert "error" in sentence
    assert "\n" not in sentence
    assert str(folder) not in sentence


def test_more_shared_memory_than_48_kb_is_asked_for_once_and_only_then(b):
    kernel = b.kernels.kernel("elementwise.cu", MACROS, "arithmetic", 100)
    assert kernel.max_dynamic_shared_size_bytes == 48 * 1024
    again = b.kernels.kernel("elementwise.cu", MACROS, "arithmetic", 100_000)
    assert again is kernel
    # All that there is, so that no other network's request for less is in the way.
    assert kernel.max_dynamic_shared_size_bytes == b.kernels.shared_per_block
    b.kernels.kernel("elementwise.cu", MACROS, "arithmetic", 60_000)
    assert kernel.max_dynamic_shared_size_bytes == b.kernels.shared_per_block


def test_a_cooperative_launch_is_another_kernel_of_the_same_file(b, compilations):
    alone = b.kernels.kernel("elementwise.cu", MACROS, "arithmetic")
    together = b.kernels.kernel("elementwise.cu", MACROS, "arithmetic", cooperative=True)
    assert not alone.enable_cooperative_groups
    assert together.enable_cooperative_groups
    assert compilations == ["elementwise.cu"]


def test_an_empty_grid_launches_nothing(b, device_model):
    b.kernels.launch("elementwise.cu", MACROS, "arithmetic", (0, 3), (256,), ())
    assert device_model.machine.launches == []


@pytest.mark.parametrize(
    ("compute", "option"),
    [((9, 0), "-arch=sm_90"), ((8, 9), "-arch=sm_80"), ((13, 0), "-arch=compute_120")],
)
def test_machine_code_is_for_the_device_or_an_older_sibling(compute, option, device_model):
    assert kernels._architecture(device_model, compute) == option


# What NVRTC itself makes of the options, where it is installed; it needs no GPU


@pytest.fixture(scope="module")
def nvrtc():
    cupy = pytest.importorskip("cupy")
    try:
        cupy.cuda.nvrtc.getVersion()
    except Exception as error:
        pytest.skip(f"NVRTC does not load: {error}")
    return cupy.cuda.nvrtc


def ptx(nvrtc, source):
    """Give the assembly that NVRTC makes of a source under the kernels' options."""
    folders = (f"-I{kernels.SOURCES}", f"-I{kernels.SOURCES / 'cuda'}")
    program = nvrtc.createProgram(source, "a.cu", (), ())
    nvrtc.compileProgram(program, (*kernels.OPTIONS, "-arch=compute_80", *folders))
    made = nvrtc.getPTX(program)
    return made if isinstance(made, str) else made.decode()


def test_machine_code_is_kept_to_its_last_byte(nvrtc):
    driver = SimpleNamespace(cuda=SimpleNamespace(nvrtc=nvrtc))
    on = kernels.Kernels(Device(driver, 0, "a GPU", (9, 0), 2**34, 132, 232448, 65536))
    source = (kernels.SOURCES / "cuda" / "valid_steps.cu").read_text()
    folders = (f"-I{kernels.SOURCES}", f"-I{kernels.SOURCES / 'cuda'}")
    made = on._compiled("valid_steps.cu", source, (*kernels.OPTIONS, "-arch=sm_90", *folders))
    assert made.startswith(b"\x7fELF")
    programs, sections = struct.unpack_from("<2Q", made, 32)
    of_program, count, of_section, many = struct.unpack_from("<4H", made, 54)
    assert len(made) >= max(programs + of_program * count, sections + of_section * many)


def test_no_product_is_fused_and_nothing_is_flushed_or_guessed(nvrtc):
    made = ptx(
        nvrtc,
        """#include "lanes.h"
        using namespace netspec::cuda;
        KERNEL f(float* a, double* d) {
            a[0] = a[1] * a[2] + a[3];
            a[4] = a[5] / a[6];
            a[7] = root(a[8]);
            a[9] = (float)d[9];
            d[0] = d[1] * d[2] + d[3];
            d[4] = d[5] / d[6];
            d[7] = root(d[8]);
        }""",
    )
    for wanted in (
        *("mul.rn.f32", "add.rn.f32", "div.rn.f32", "sqrt.rn.f32", "cvt.rn.f32.f64"),
        *("mul.rn.f64", "add.rn.f64", "div.rn.f64", "sqrt.rn.f64"),
    ):
        assert re.search(rf"\b{wanted}\b", made), wanted
    for banned in ("ftz", "fma", "approx", "full"):
        assert not re.search(rf"\.{banned}\b|\b{banned}\.", made), banned


def test_entry_by_entry_compiles_to_ieee_s_operations(nvrtc):
    source = (kernels.SOURCES / "cuda" / "elementwise.cu").read_text()
    macros = "".join(f"#define {k} {v}\n" for k, v in MACROS.items())
    made = ptx(nvrtc, macros + source)
    assert not re.search(r"\.ftz|\.approx|\bfma\.", made)
    assert "div.rn.f32" in made
