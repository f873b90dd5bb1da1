"""Whether there are compiled kernels is found out once, cheaply, and said with its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from netspec import kernels
from netspec.kernels import compiled, why_not

ROOT = Path(__file__).resolve().parents[2]


def fresh(statement: str, switch: str | None = None) -> list[object]:
    """Give what a fresh Python finds: the reason, and the names of its top-level modules."""
    code = (
        f"{statement}\nimport json, sys\nfrom netspec.kernels import why_not\n"
        "print(json.dumps([why_not(), sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    environment = {name: value for name, value in os.environ.items() if name != kernels.SWITCH}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment | ({} if switch is None else {kernels.SWITCH: switch}),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(run.stdout)


@pytest.fixture
def anew(monkeypatch):
    """Look once more within a test, and forget after it what was found."""
    monkeypatch.delenv(kernels.SWITCH, raising=False)
    kernels._find.cache_clear()
    yield monkeypatch
    kernels._find.cache_clear()


def test_there_is_a_module_or_a_reason():
    assert (compiled() is None) == isinstance(why_not(), str)


def test_the_environment_switches_them_off():
    assert fresh("", switch="0")[0] == "NETSPEC_NATIVE=0 in the environment switches them off"


def test_a_switch_that_is_on_or_empty_changes_nothing_at_run_time():
    assert fresh("")[0] == fresh("", switch="1")[0] == fresh("", switch="")[0]


def test_to_look_loads_no_package_that_costs_time():
    _, modules = fresh("from netspec.kernels import compiled\ncompiled()")
    assert not {"numpy", "pydantic", "lxml", "typer"} & set(modules)


def test_netspec_itself_does_not_look():
    code = "import netspec, sys; print('netspec.kernels' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named '_compiled'"), "or with no C++ compiler"),
        (ImportError("_compiled.so: undefined symbol: x"), "do not load (_compiled.so: undefined"),
    ],
)
def test_a_module_that_is_missing_or_does_not_load_is_told_with_the_remedy(anew, error, words):
    def refuse(name, package=None):
        if name == "._compiled":
            raise error
        return import_module(name, package)

    anew.setattr(kernels, "import_module", refuse)
    assert compiled() is None
    assert words in why_not()
    assert why_not().endswith(kernels.REMEDY)


def test_both_words_stay_functions_after_the_module_was_loaded():
    compiled()
    assert callable(kernels.compiled)
    assert callable(kernels.why_not)
