"""The head of a report: processor, what runs on it, versions."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UnavailableError
from . import ours
from .packages import version

if TYPE_CHECKING:
    from .rivals import Rival


def machine(rivals: Mapping[str, Rival], threads: int) -> dict[str, Any]:
    """Give the facts by name."""
    return {
        "netspec": version("netspec") or "not installed",
        "backend": ours.backend().name,
        "instructions": getattr(ours.backend(), "instructions", None),
        "processor": processor(),
        "cores": cores(),
        "threads": threads,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "rivals": {name: _version(rival) for name, rival in rivals.items()},
    }


def cores() -> int:
    """Give the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Give the processor's name as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def _version(rival: Rival) -> str | None:
    try:
        return rival.version()
    except UnavailableError:
        return None
