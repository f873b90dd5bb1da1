"""Print versions, backends, kernels, and which extras are present."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from ._words import Json, say, say_json


def run(json: Json = False) -> None:
    """What a backend promises holds for every network that it runs. Where no kernels were compiled,
    the reason is told, and what helps.
    """
    from .. import __version__
    from ..backends import default, known
    from ..backends.cuda.device import told
    from ..formats import CONTRACT

    base, extras = _packages()
    facts: dict[str, Any] = {
        "netspec": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "contract": CONTRACT,
        "default_backend": default(),
        "backends": {
            name: {"exact": cls.exact, "not_exact_for": sorted(cls.inexact)}
            for name, cls in sorted(known().items())
        },
        "kernels": _kernels(),
        "cuda": told(),
        "numpy": _numpy(),
        "packages": base,
        "extras": extras,
    }
    if json:
        say_json(facts)
        return
    say(f"netspec {__version__}, Python {facts['python']}, {facts['system']}")
    for name, backend in facts["backends"].items():
        promise = (
            f"the same bits always (contract {CONTRACT})"
            if backend["exact"]
            else "the same bits for the same batch on the same machine"
        )
        if backend["not_exact_for"]:
            promise += f", but not of layers {', '.join(backend['not_exact_for'])}"
        first = " (default)" if name == facts["default_backend"] else ""
        say(f"backend {name}{first}: promises {promise}")
    say(_kernels_in_words(facts["kernels"]))
    for line in _cuda_in_words(facts["cuda"]):
        say(line)
    sets = ", ".join(facts["numpy"]["instruction_sets"])
    say(f"numpy {facts['numpy']['version']} on {sets}, products by {facts['numpy']['blas']}")
    if base:
        say("packages: " + ", ".join(f"{name} {version}" for name, version in base.items()))
    for name, packages in extras.items():
        there = ", ".join(f"{p} {v or 'is not installed'}" for p, v in packages.items())
        say(f"extra {name}: {there}")
    if not base:
        say("netspec is not installed, it runs from its source")


def _kernels() -> dict[str, Any]:
    """Give whether compiled kernels are there, and what they run on here."""
    from ..backends.native import NativeBackend
    from ..kernels import compiled, why_not

    module = compiled()
    if module is None:
        return {"compiled": False, "why_not": why_not()}
    backend = NativeBackend()
    return {
        "compiled": True,
        "instruction_set": backend.instructions,
        "instruction_sets": list(module.paths()),
        "threads": backend.threads,
    }


def _kernels_in_words(kernels: dict[str, Any]) -> str:
    """Say the same in a line."""
    if not kernels["compiled"]:
        return f"kernels: none compiled, numbers by NumPy, text by Python: {kernels['why_not']}"
    threads = kernels["threads"]
    return (
        f"kernels: compiled, for numbers and text; instruction set {kernels['instruction_set']}"
        f" (of {', '.join(kernels['instruction_sets'])}), {threads} thread{'s'[: threads != 1]}"
    )


def _cuda_in_words(cuda: dict[str, Any]) -> Iterator[str]:
    """Say what there is of CUDA, a line for each GPU, or why nothing runs on one."""
    if "why_not" in cuda:
        why = cuda["why_not"].removeprefix("device 'cuda': ")
        yield f"cuda: nothing runs there: {why}"
    if "cupy" in cuda:
        driver = f"a driver for CUDA {cuda['driver']}" if cuda["driver"] else "no driver"
        yield f"cuda: CuPy {cuda['cupy']} for CUDA {cuda['runtime']}, {driver}"
    for number, gpu in enumerate(cuda.get("devices", ())):
        yield (
            f"cuda:{number}: {gpu['name']}, compute capability {gpu['compute_capability']},"
            f" {gpu['multiprocessors']} multiprocessors, {gpu['memory'] / 2**30:.0f} GiB"
        )
    if lower := cuda.get("precisions", ())[1:]:
        yield f"cuda: --precision {' or '.join(lower)} may be asked for, and promises no bits"


def _numpy() -> dict[str, Any]:
    """Give what NumPy computes with here: it decides the last bits of the numpy backend."""
    import numpy

    built: Any = numpy.show_config(mode="dicts") or {}
    sets, parts = built.get("SIMD Extensions", {}), built.get("Build Dependencies", {})
    blas = parts.get("blas", {})
    return {
        "version": numpy.__version__,
        "instruction_sets": [*sets.get("baseline", []), *sets.get("found", [])] or ["unknown"],
        "blas": " ".join(filter(None, (blas.get("name"), blas.get("version")))) or "unknown",
    }


def _packages() -> tuple[dict[str, str | None], dict[str, dict[str, str | None]]]:
    """Give the versions of the packages netspec needs, and of those of each extra.

    They are read from what pip knows, so that no package is imported for it.
    """
    try:
        wanted = metadata.requires("netspec") or []
    except metadata.PackageNotFoundError:
        return {}, {}
    base: dict[str, str | None] = {}
    extras: dict[str, dict[str, str | None]] = {}
    for line in wanted:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)['\"]", line)
        if name == "netspec" or (extra and extra[1] == "dev"):
            continue
        group = extras.setdefault(extra[1], {}) if extra else base
        group[name] = _version(name)
    return base, extras


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
