"""The one door: what `netspec` says it holds, it holds, and opening it costs little."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import netspec

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("lxml", "matplotlib", "numpy", "pydantic", "rich", "ruamel", "tomli_w", "torch", "typer")


def modules_after(statement: str) -> set[str]:
    """Give the names of the top-level modules that a fresh Python holds after one statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {name.partition(".")[0] for name in json.loads(run.stdout)}


def test_the_public_names_are_sorted_and_said_once():
    assert list(netspec.__all__) == sorted(set(netspec.__all__))


@pytest.mark.parametrize("name", netspec.__all__)
def test_a_public_name_is_there_and_told_of(name):
    thing = getattr(netspec, name)
    assert thing is not None
    assert name in dir(netspec)
    if callable(thing):
        assert thing.__doc__, f"netspec.{name} has no docstring"


def test_a_name_that_is_not_there_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="no_such_name"):
        netspec.no_such_name  # noqa: B018  (the access is the test)


def test_the_verbs_of_the_readme_are_public():
    assert {"NetworkSpec", "build", "load", "read", "write"} <= set(netspec.__all__)


def test_import_loads_no_package_that_costs_time():
    assert not modules_after("import netspec") & set(HEAVY)


def test_the_look_for_loaded_modules_sees_one_that_is():
    assert "numpy" in modules_after("import netspec, numpy")


def test_every_public_name_loads_on_its_own_in_a_fresh_python():
    names = ", ".join(netspec.__all__)
    modules_after(f"from netspec import {names}")
