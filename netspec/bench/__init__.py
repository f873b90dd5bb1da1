"""netspec beside ONNX Runtime, PyTorch and OpenVINO, in one run, on the machine at hand.

    from netspec.bench import Wanted, bench
    report = bench(Wanted(only=("lstm",)))           # or: netspec bench --only lstm

All run the same networks with the same weights on the same inputs, in turns, so that a slow
second of the machine hits all of them. The clock sees the call alone: every rival is warm and is
given its input in its own layout. Beside each time stands how far its outputs are from an
evaluation in float64.

`shapes` says on what, `rivals/` against whom, one file each; `timing` holds the clock, `contest`
lets them take turns on one network, `story` tells what all of it came to.
"""

from __future__ import annotations

from .story import Report, Wanted, bench

__all__ = ["Report", "Wanted", "bench"]
