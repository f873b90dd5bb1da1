"""What stands in for CuPy on the model: `stand_in()` gives a module like `cupy`, of two GPUs.

It is as strict as CuPy where that matters: no array comes from NumPy or goes there by itself, its
operators make zeros of float32's subnormal numbers, None is no null pointer, an array of another
device than the current one is refused. What CuPy computes in ways of its own (sums of floats, exp)
it does not have. Streams do what they are told when they are waited for. `module.machine` tells
what was launched, and is where a test changes the GPUs (`module.machine.gpus[0].memory = 10**6`).
"""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

from . import cuda, modules
from .array import ndarray
from .functions import functions
from .machine import Machine
from .operators import give_operators


def stand_in(count: int = 2) -> Any:
    """Give a module `cupy` of its own machine, with so many GPUs."""
    give_operators()
    machine = Machine(count)
    array_class = type("ndarray", (ndarray,), {"machine": machine})
    module: Any = ModuleType("cupy")
    module.__version__ = "0.0.model"
    module.__spec__ = ModuleSpec("cupy", None)
    module.machine = machine
    module.cuda = cuda.namespace(machine)
    vars(module).update(functions(array_class))
    module.RawModule = type("RawModule", (modules.RawModule,), {"machine": machine})
    pool = cuda.pool(machine)
    module.get_default_memory_pool = lambda: pool
    module.get_default_pinned_memory_pool = lambda: SimpleNamespace(free_all_blocks=lambda: None)
    return module
