"""A script of its own: how fast NumPy multiplies large float32 matrices, printed as JSON.

It is run in a process of its own, because a BLAS is told its number of threads, and which kernel
to take, when it is loaded. It imports nothing of netspec.
"""

import json
import sys
from importlib import import_module
from time import perf_counter

SIZES = (1024, 1536, 2048)


def main(seconds: float) -> dict[str, object]:
    """Give the best GFLOP/s of all sizes and the kernel of the BLAS, where it can be told."""
    import numpy

    best = 0.0
    for size in SIZES:
        a = numpy.ones((size, size), "float32")
        stop = perf_counter() + seconds / len(SIZES)
        while True:
            start = perf_counter()
            numpy.matmul(a, a)
            end = perf_counter()
            best = max(best, 2e-9 * size**3 / (end - start))
            if end > stop:
                break
    return {"gflops": best, "kernel": kernel()}


def kernel() -> str:
    """Give what threadpoolctl knows of the BLAS, nothing where it is not installed."""
    try:
        pools = import_module("threadpoolctl").threadpool_info()
    except ImportError:
        return ""
    found = [pool for pool in pools if pool.get("user_api") == "blas"]
    return ", ".join(str(pool.get("architecture") or pool["internal_api"]) for pool in found)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(float(sys.argv[1]))))
