"""Where networks run and arrays lie: `cpu`, `cuda` (the first GPU), `cuda:1` (the second).

An array of a GPU is told by what it says of itself, whichever library made it, so that none need
be imported for the question:

    __dlpack_device__           (kind, number): CuPy, PyTorch, JAX
    __cuda_array_interface__    without a number: Numba

DLPack: https://dmlc.github.io/dlpack/latest/python_spec.html
"""

from __future__ import annotations

import re
from operator import index
from typing import Any, Final

from .errors import DataError, UnavailableError, nearest

CPU: Final = "cpu"
GPU: Final = "cuda"
KINDS: Final = {2, 13}  # DLPack's, of memory that is a GPU's: its own, and managed


def gpu(device: Any) -> int | None:
    """Give the number of the GPU that a device's name means; None where it is the processor.

    Raises UnavailableError for what is no name of a device.

    >>> gpu("cpu"), gpu("cuda"), gpu("cuda:1")
    (None, 0, 1)
    """
    if isinstance(device, str):
        if device in (CPU, GPU):
            return None if device == CPU else 0
        if found := re.fullmatch(r"cuda:([0-9]{1,4})", device):
            return int(found[1])
        if device.startswith(f"{GPU}:"):
            raise UnavailableError(f"wanted a GPU by its number, 'cuda:0', found {device!r}")
    hint = f", did you mean {GPU!r}?" if _sounds_like_a_gpu(device) else nearest(device, (CPU, GPU))
    raise UnavailableError(f"there is no device {device!r}{hint}")


def _sounds_like_a_gpu(device: Any) -> bool:
    """Whether somebody means a GPU, by a word that is nearer to `cpu`."""
    return isinstance(device, str) and "gpu" in device.lower()


def of(values: Any) -> str:
    """Say where an array lies; `cuda` alone where it does not tell on which GPU.

    >>> of([1.0, 2.0])
    'cpu'
    """
    if callable(told := getattr(values, "__dlpack_device__", None)):
        try:
            kind, number = map(index, told())
        except Exception:
            return CPU  # one that lies in several places, which only its library puts together
        return f"{GPU}:{number}" if kind in KINDS else CPU
    try:
        return GPU if hasattr(values, "__cuda_array_interface__") else CPU
    except Exception:
        return GPU  # what keeps it from telling is heard of when it is borrowed


def refuse(values: Any, what: str, remedy: str = "cupy.asnumpy(...) brings it there") -> None:
    """Raise DataError, which ends in the remedy, for an array that lies on a GPU."""
    if (where := of(values)) != CPU:
        raise DataError(f"{what}: wanted an array in memory, found one on {where}: {remedy}")
