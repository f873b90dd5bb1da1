"""The compiled kernels: the engine that gives the same bits everywhere, and text at full speed.

They are C++, compiled when netspec is installed where there is a compiler. `compiled()` gives their
module, or None where netspec does without: then everything runs on NumPy and plain Python, and
`why_not()` says in one sentence why. The environment variable `NETSPEC_NATIVE=0` does without them
on purpose.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

SWITCH = "NETSPEC_NATIVE"
REMEDY = (
    "install g++ or clang++ and then netspec again, by pip install --force-reinstall"
    " --no-cache-dir; with NETSPEC_NATIVE=1 before it, pip says what fails"
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
        return _Found(None, f"no C++ compiler when netspec was installed, or it failed: {REMEDY}")
    except ImportError as error:
        return _Found(None, f"they do not load ({error}): {REMEDY}")
