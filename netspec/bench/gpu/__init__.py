"""netspec beside PyTorch (cuDNN) on a GPU, in one run: `netspec bench --device cuda`.

    from netspec.bench import Wanted
    from netspec.bench.gpu import bench
    report = bench(Wanted(only=("lstm",)), device="cuda")

Arrays are on the device already, and the clock is the device's own (CUDA events). Both take part
twice: in full float32, in which netspec is held against PyTorch, and with TF32, which rounds the
factors of products to 11 bits and stands beside. Next to each time of netspec is told what share of
the roofline it reaches: the least time in which the bytes that must move could move, and the
operations be done, at rates measured on the same device (S. Williams, A. Waterman, D. Patterson,
CACM 52 (2009) 65).
"""

from __future__ import annotations

from .story import Report, bench

__all__ = ["Report", "bench"]
