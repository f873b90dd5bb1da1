"""A GPU, modelled on a processor, and what stands in for CuPy on it.

    from tests.cuda.model import run

    y = np.full((5, 3), np.nan, np.float32)
    run("products.cu", {"NUMBER": "float"}, "product", (2, 1, 1), (128, 1, 1),
        [x, W, None, y, 5, 3, 0.25], shared=1024)

compiles `netspec/kernels/cuda/products.cu` with g++ (or a source by its absolute path), with the
macros as -D options, runs kernel `product`, and leaves the results in the NumPy arrays. Arguments
are arrays (C order, of the dtype that the kernel points to), None, int (int64_t), float (double).

Every run is made twice, with other orders of the threads and other places in memory, and must give
the same bits; `seeds=range(6)` asks for more. In a shuffled order (seed % 3 is 2) the blocks of a
cooperative launch, and what they write for others, now and then come late. These are errors, each
with the thread and, where it can be told, the line:

- a barrier that not all threads of a block reach (also because one has returned before), or that
  they reach in different places; the same for a warp; threads or blocks that wait for ever;
- an access outside of all arrays or of the block's shared memory; a write beside an array;
- a vector or an asynchronous copy at an address that is not a multiple of its size (of vectors
  clang++ does not tell);
- a launch that a GPU would refuse (`limits=Limits(multiprocessors=4)` for a cooperative one);
  arguments that are not those which the kernel declares.

Shared memory, and device memory that nobody has written, hold NaN. A copy's destination holds NaN
from `copy_async` until `copies_wait`. Matrix units multiply exactly, sum in float64 and round once
(`mma_model.h`); real ones have an order and a rounding of their own. Not modelled: what a GPU's
caches do not show to other blocks (`store_for_blocks`), time, and threads of one warp that run
side by side.

Whole backends run on the model by the fixture `device_model` (`tests/cuda/conftest.py`): it gives
what stands in for CuPy (`cupy/`) and installs it: `netspec.backends.choose("cuda")` then works.

Kernels must stand in `namespace netspec { namespace NETSPEC_PATH {`; in C++ code,
`NETSPEC_CUDA_MODEL` tells that the model compiles it.
"""

from __future__ import annotations

from .compiler import COMPILER, CompileError
from .launch import KernelFault, LaunchError, Limits, kernel
from .memory import Overwritten
from .run import run

__all__ = [
    "COMPILER",
    "CompileError",
    "KernelFault",
    "LaunchError",
    "Limits",
    "Overwritten",
    "kernel",
    "run",
]
