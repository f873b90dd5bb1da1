"""Run a kernel on NumPy arrays: for tests of one kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .launch import KernelFault, Limits, Pointer, kernel
from .memory import Memory

# What differs between two runs of one kernel: the order of the threads (seed % 3: forward,
# backward, shuffled), and how near the guard pages are. The bits must not.
SEEDS = (1, 2)


def run(
    source: Path | str,
    macros: Mapping[str, object],
    name: str,
    grid: Sequence[int],
    block: Sequence[int],
    args: Sequence[np.ndarray[Any, Any] | int | float | None],
    shared: int = 0,
    cooperative: bool = False,
    *,
    seeds: Sequence[int] = SEEDS,
    limits: Limits = Limits(),  # noqa: B008
) -> None:
    """Run `name` of a .cu file once for each seed; leave the results in the arrays of `args`.

    An array is copied to the device before each run and back after the last. A mistake of the
    kernel is raised: see `launch.py`; one more is that two seeds give different bits.
    """
    call = kernel(source, macros, name)
    first: list[np.ndarray[Any, Any]] | None = None
    for seed in seeds:
        on_device = [_sent(arg, 16 if seed % 2 else 256) for arg in args]
        how = {"cooperative": cooperative, "seed": seed, "limits": limits}
        call.ready(grid, block, on_device, shared, **how)()
        results = [arg.memory.bytes() for arg in on_device if isinstance(arg, Pointer)]
        if first is None:
            first = results
        for n, (one, other) in enumerate(zip(first, results, strict=True)):
            if not np.array_equal(one, other):
                raise KernelFault(
                    f"{name}, array {n}: {np.count_nonzero(one != other)} bytes depend on the order"
                    f" of threads (seeds {seeds[0]} and {seed}): is there a barrier missing?"
                )
    arrays = [arg for arg in args if isinstance(arg, np.ndarray)]
    for array, result in zip(arrays, first or [], strict=True):
        if array.flags.writeable:
            array[...] = result.view(array.dtype).reshape(array.shape)


def _sent(arg: Any, alignment: int) -> Pointer | int | float | None:
    if not isinstance(arg, np.ndarray):
        return arg
    memory = Memory(arg.nbytes, alignment)
    memory.bytes()[:] = np.frombuffer(arg.tobytes(), np.uint8)
    return Pointer(memory.ptr, arg.dtype.name, memory)
