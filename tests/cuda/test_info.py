"""`netspec info` tells what there is of CUDA, quietly where there is nothing."""

from __future__ import annotations

import json

import pytest

import netspec.cli
from netspec.backends.cuda import device, kernels
from netspec.errors import UnavailableError


def told(capsys, *words):
    """Give what `netspec info` prints."""
    assert netspec.cli.main(["info", *words]) == 0
    return capsys.readouterr().out


def test_gpus_are_listed(device_model, capsys):
    lines = told(capsys).splitlines()
    assert "cuda: CuPy 0.0.model for CUDA 13.0, a driver for CUDA 13.0" in lines
    for number in (0, 1):
        facts = "Modelled GPU, compute capability 9.0, 4 multiprocessors, 0 GiB"
        assert f"cuda:{number}: {facts}" in lines
    assert any(line.startswith("backend cuda: ") for line in lines)
    facts = json.loads(told(capsys, "--json"))
    assert facts["cuda"]["here"] is True
    assert facts["cuda"]["devices"][1]["memory"] == 2**28
    assert facts["backends"]["cuda"]["exact"] is False


def test_why_there_is_none_is_told(monkeypatch, capsys):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(device, "import_module", missing)
    why = "wanted CuPy, found none: pip install 'netspec[cuda]'"
    assert f"cuda: nothing runs there: {why}" in told(capsys).splitlines()
    facts = json.loads(told(capsys, "--json"))
    assert facts["cuda"] == {"here": False, "why_not": f"device 'cuda': {why}"}
    assert "cuda" not in facts["backends"]


@pytest.mark.parametrize("missing", [True, False])
def test_a_compiler_that_is_missing_is_told_before_anybody_needs_it(
    device_model, monkeypatch, capsys, missing
):
    def archs():
        if missing:
            raise RuntimeError("libnvrtc.so.13 is not there\nhelp")
        return ()

    monkeypatch.setattr(device_model.cuda.nvrtc, "getSupportedArchs", archs)
    why = "libnvrtc.so.13 is not there" if missing else "it knows no GPU"
    said = (
        f"wanted NVRTC, CUDA's compiler, found none that loads ({why}):"
        " pip install 'netspec[cuda]', which brings it"
    )
    assert f"cuda: nothing runs there: {said}" in told(capsys).splitlines()
    assert json.loads(told(capsys, "--json"))["cuda"]["here"] is False
    with pytest.raises(UnavailableError) as error:
        kernels._architecture(device_model, (9, 0))
    assert str(error.value) == f"device 'cuda': {said}"


@pytest.mark.gpu
def test_a_real_gpu_is_listed(capsys):
    facts = json.loads(told(capsys, "--json"))["cuda"]
    assert facts["here"] is True
    assert facts["devices"][0]["name"]
