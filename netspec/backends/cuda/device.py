"""The device: whether CuPy, a driver and a GPU are here, and what the GPU is.

CuPy lends memory, streams and launches; it is imported when a device is first asked for, and never
before. `find` says in one sentence what is missing, and what helps.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, NamedTuple

from ...errors import UnavailableError, first_line
from ...precision import KNOWN

EXTRA: Final = "pip install 'netspec[cuda]'"
OLDEST: Final = (8, 0)  # compute capability; older ones have no copies that do not wait


class Device(NamedTuple):
    """A GPU: `number` among those of the machine, `compute` its capability, sizes in bytes.

    `shared_per_block` is the most that a launch may ask for, `registers` are those of one
    multiprocessor, 32 bits each. `cupy` is the module.
    """

    cupy: Any
    number: int
    name: str
    compute: tuple[int, int]
    memory: int
    multiprocessors: int
    shared_per_block: int
    registers: int


class _Process:
    """Whether this process was forked from one that had begun to use CUDA, which then is lost."""

    begun = False
    lost = False

    @classmethod
    def forked(cls) -> None:
        """Take note of it in the child."""
        cls.lost = cls.begun


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.forked)


def find(number: int = 0) -> Device:
    """Give the GPU of that number, which can run the kernels.

    Raises UnavailableError where CuPy, the driver or the GPU is missing or too old, or where this
    process was forked from one that had used the GPU.
    """
    alive()
    cupy = _cupy()
    with _answering(cupy):
        return _find(cupy, number)


def _find(cupy: Any, number: int) -> Device:
    count = _count(cupy)
    if not 0 <= number < count:
        wanted = f"a number from 0 to {count - 1}" if count > 1 else "0, the only one"
        raise UnavailableError(f"device 'cuda:{number}': wanted {wanted}, found {number}")
    device = _device(cupy, number)
    if device.compute < OLDEST:
        raise UnavailableError(
            f"device 'cuda:{number}': wanted compute capability {_dotted(OLDEST)} or newer,"
            f" found {_dotted(device.compute)} ({device.name}), which is too old:"
            " use another GPU, or device 'cpu'"
        )
    return device


def here() -> bool:
    """Whether there is a GPU that can run the kernels."""
    try:
        find()
    except UnavailableError:
        return False
    return True


def alive() -> None:
    """Raise UnavailableError in a process that was forked from one that had used the GPU."""
    if _Process.lost:
        raise UnavailableError(
            "device 'cuda': this process was forked from one that had used the GPU, which CUDA"
            " does not survive: start it by multiprocessing's 'spawn', or use the GPU in it alone"
        )


def told() -> dict[str, Any]:
    """Give what there is of CUDA, for people: versions and devices, or `why_not` in a sentence."""
    facts: dict[str, Any] = {"here": False}
    try:
        cupy = _cupy()
        with _answering(cupy):
            runtime = cupy.cuda.runtime
            facts["cupy"] = cupy.__version__
            facts["runtime"] = _version(runtime.runtimeGetVersion())
            facts["driver"] = _version(runtime.driverGetVersion()) or None
            facts["devices"] = [_told(_device(cupy, number)) for number in range(_count(cupy))]
        find()
        architectures(cupy)
        facts["here"] = True
        facts["precisions"] = list(KNOWN)
    except UnavailableError as error:
        facts["why_not"] = str(error)
    return facts


def architectures(cupy: Any) -> list[int]:
    """Give the numbers of the GPUs that NVRTC compiles for, as 90 of an H100, in ascending order.

    Raises UnavailableError where there is no NVRTC that loads.
    """
    try:
        if known := sorted(map(int, cupy.cuda.nvrtc.getSupportedArchs())):
            return known
        raise RuntimeError("it knows no GPU")
    except Exception as error:  # CuPy raises a RuntimeError of its own where NVRTC does not load
        raise UnavailableError(
            "device 'cuda': wanted NVRTC, CUDA's compiler, found none that loads"
            f" ({first_line(error)}): {EXTRA}, which brings it"
        ) from None


def _told(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "compute_capability": _dotted(device.compute),
        "memory": device.memory,
        "multiprocessors": device.multiprocessors,
    }


def _cupy() -> Any:
    """Import CuPy."""
    try:
        return import_module("cupy")
    except Exception as error:  # a library that does not load is told in CuPy's own words
        if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
            why = f"wanted CuPy, found none: {EXTRA}"
        else:
            why = f"CuPy is installed but does not load ({first_line(error)}): {EXTRA}"
        raise UnavailableError(f"device 'cuda': {why}") from None


@contextmanager
def _answering(cupy: Any) -> Iterator[None]:
    """Say in one sentence that CuPy does not know of something, or that the driver refuses it."""
    try:
        yield
    except (AttributeError, KeyError) as error:
        found = getattr(cupy, "__version__", f"a module of that name ({first_line(error)})")
        raise UnavailableError(f"device 'cuda': wanted CuPy 14, found {found}: {EXTRA}") from None
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise UnavailableError(
            f"device 'cuda': wanted a GPU that answers, found {first_line(error)}: {_CPU}"
        ) from None


def _count(cupy: Any) -> int:
    """Give the number of GPUs, at least one."""
    runtime = cupy.cuda.runtime
    try:
        count = int(runtime.getDeviceCount())
    except runtime.CUDARuntimeError as error:
        raise UnavailableError(_why_none(runtime, error)) from None
    if not count:
        raise UnavailableError(f"device 'cuda': wanted a GPU, found none: {_CPU}")
    _Process.begun = True  # by the question itself
    return count


_CPU = "use device 'cpu'"


def _why_none(runtime: Any, error: Exception) -> str:
    """Say why the runtime gives no device."""
    wanted = _version(runtime.runtimeGetVersion())
    driver = runtime.driverGetVersion()
    if not driver:
        return f"device 'cuda': wanted an NVIDIA driver, found none: install one, or {_CPU}"
    if "InsufficientDriver" in str(error):
        return (
            f"device 'cuda': wanted a driver for CUDA {wanted}, found one for {_version(driver)}:"
            " install a newer driver, or the CuPy that is made for it"
        )
    if "NoDevice" in str(error):
        return f"device 'cuda': wanted a GPU, found none that this process may see: {_CPU}"
    return f"device 'cuda': wanted a GPU, found {first_line(error)}: {_CPU}"


def _device(cupy: Any, number: int) -> Device:
    facts = cupy.cuda.runtime.getDeviceProperties(number)
    name = facts["name"]
    return Device(
        cupy,
        number,
        name.decode(errors="replace") if isinstance(name, bytes) else str(name),
        (int(facts["major"]), int(facts["minor"])),
        int(facts["totalGlobalMem"]),
        int(facts["multiProcessorCount"]),
        int(facts["sharedMemPerBlockOptin"]),
        int(facts["regsPerMultiprocessor"]),
    )


def _version(number: int) -> str:
    """Spell a version of CUDA, 13020, as people do, 13.2; nothing for none."""
    return f"{number // 1000}.{number % 1000 // 10}" if number else ""


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
