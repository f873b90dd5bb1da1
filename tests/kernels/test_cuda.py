"""The elementary functions are read by a CUDA compiler as they stand, line by line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .recipe import KERNELS

NVCC = shutil.which("nvcc")
HERE = Path(__file__).with_name("cuda")


@pytest.mark.skipif(not NVCC, reason="no nvcc, the CUDA compiler")
def test_a_cuda_compiler_takes_every_function_and_fuses_nothing_that_is_not_written(tmp_path):
    options = ["-std=c++17", "--fmad=false", "--expt-relaxed-constexpr", "-arch=sm_80"]
    out = tmp_path / "functions.ptx"
    command = [str(NVCC), *options, f"-I{KERNELS}", "-ptx", "-o", str(out), str(HERE / "functions.cu")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    code = out.read_text()
    kinds = {word for word in code.split() if word.startswith(("fma.", "mad.f", "div."))}
    # Rounded to nearest, nothing flushed to zero, nothing approximate.
    assert kinds == {"fma.rn.f32", "fma.rn.f64", "div.rn.f32", "div.rn.f64"}
