"""What golden inputs and outputs must be to belong to a spec."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..spec import NetworkSpec
from .model import Golden


def fitting(spec: NetworkSpec, golden: Golden) -> Golden:
    """Give the golden arrays in their dtypes, held against the spec; a misfit is a `ValueError`.

    Inputs (n, *spec.input.sizes) and outputs (n, ...) are of the spec's dtype, lengths (n,) whole
    numbers between 0 and the number of steps.
    """
    arrays = golden.arrays
    inputs, outputs, lengths = arrays["inputs"], arrays["outputs"], arrays.get("lengths")
    for name in ("inputs", "outputs"):
        if arrays[name].dtype != spec.dtype:
            raise ValueError(f"{name}: wanted {spec.dtype}, found {arrays[name].dtype}")
    wanted = (None, *spec.input.sizes)
    fits = len(wanted) == inputs.ndim and all(
        size in (None, found) for size, found in zip(wanted, inputs.shape, strict=True)
    )
    if not fits:
        shown = ", ".join("any" if size is None else str(size) for size in wanted)
        raise ValueError(f"inputs: wanted the shape ({shown}), found {inputs.shape}")
    if outputs.ndim < 1 or len(outputs) != len(inputs):
        raise ValueError(f"outputs: wanted {len(inputs)} of them, found the shape {outputs.shape}")
    if lengths is not None:
        if lengths.dtype.kind not in "iu" or lengths.shape != (len(inputs),) or inputs.ndim != 3:
            raise ValueError(
                f"lengths: wanted {len(inputs)} whole numbers, one for each sequence,"
                f" found {lengths.dtype} of shape {lengths.shape}"
            )
        if ((lengths < 0) | (lengths > inputs.shape[1])).any():
            raise ValueError(f"lengths: wanted numbers from 0 to {inputs.shape[1]}")
        lengths = lengths.astype(np.int64)
    if not (math.isfinite(golden.tolerance) and golden.tolerance >= 0):
        raise ValueError(f"tolerance: wanted a number from 0 up, found {golden.tolerance}")
    if not golden.engine or not golden.contract.isdecimal():
        raise ValueError(
            "wanted the name of an engine and the number of a contract,"
            f" found {golden.engine!r} and {golden.contract!r}"
        )
    return replace(
        golden,
        inputs=inputs,
        outputs=outputs,
        lengths=lengths,
        tolerance=float(golden.tolerance),
    )
