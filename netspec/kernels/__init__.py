"""The compiled kernels: the engine that gives the same bits everywhere, and text at full speed.

They are C++, compiled when netspec is installed where there is a compiler. `compiled()` gives their
module, or None where netspec does without: then all runs on NumPy and plain Python, and `why_not()`
says in one sentence why. `NETSPEC_NATIVE=0` in the environment does without them on purpose.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

SWITCH = "NETSPEC_NATIVE"
REMEDY = (
    "get g++ or clang++ and install netspec again, in its folder by"
    f" {SWITCH}=1 python -m pip install --force-reinstall --no-cache-dir ., which says what fails"
)


class _Found(NamedTuple):
    module: Any
    why_not: str | None


def compiled() -> Any:
    """Give the module of the compiled kernels, or None where there is none."""
    return _find().module


def why_not() -> str | None:
    """Say why there are no compiled kernels, and what helps; None where they are there."""
    return _find().why_not


@cache
def _find() -> _Found:
    if os.environ.get(SWITCH) == "0":
        return _Found(None, f"{SWITCH}=0 in the environment switches them off")
    try:
        return _Found(import_module("._compiled", __name__), None)
    except ModuleNotFoundError:
        why = f"netspec was installed with {SWITCH}=0, or with no C++ compiler, or that failed"
    except ImportError as error:
        why = f"they do not load ({error})"
    return _Found(None, f"{why}: {REMEDY}")
