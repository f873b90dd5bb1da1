"""What golden inputs and outputs must be to belong to a spec."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np

from ..spec import NetworkSpec
from .model import Golden


def fitting(spec: NetworkSpec, golden: Golden) -> Golden:
    """Give the golden arrays in their dtypes, held against the spec; a misfit is a `ValueError`.

    Inputs (n, *spec.input.sizes) and outputs (n, *spec.output_shape) are of the spec's dtype,
    lengths (n,) whole numbers between 0 and the number of steps.
    """
    arrays = golden.arrays
    sizes = {"inputs": spec.input.sizes, "outputs": spec.output_shape}
    for name, own in sizes.items():
        if name not in arrays:
            raise ValueError(f"{name}: wanted an array, found none")
        if arrays[name].dtype != spec.dtype:
            raise ValueError(f"{name}: wanted {spec.dtype}, found {arrays[name].dtype}")
        wanted = (len(arrays["inputs"]) if name == "outputs" else None, *own)
        if not _fits(arrays[name].shape, wanted):
            shown = ", ".join("any" if size is None else str(size) for size in wanted)
            raise ValueError(f"{name}: wanted the shape ({shown}), found {arrays[name].shape}")
    inputs, outputs, lengths = arrays["inputs"], arrays["outputs"], arrays.get("lengths")
    if lengths is not None:
        if inputs.ndim != 3:
            raise ValueError("lengths: wanted none, since the input is no sequence")
        if lengths.dtype.kind not in "iu" or lengths.shape != (len(inputs),):
            raise ValueError(
                f"lengths: wanted {len(inputs)} whole numbers, one for each sequence,"
                f" found {lengths.dtype} of shape {lengths.shape}"
            )
        if ((lengths < 0) | (lengths > inputs.shape[1])).any():
            raise ValueError(f"lengths: wanted numbers from 0 to {inputs.shape[1]}")
        lengths = lengths.astype(np.int64)
    try:
        sound = math.isfinite(golden.tolerance) and golden.tolerance >= 0
    except TypeError:
        sound = False
    if not sound:
        raise ValueError(f"tolerance: wanted a number from 0 up, found {golden.tolerance!r}")
    said = golden.engine, golden.contract
    if not all(isinstance(text, str) for text in said) or not (
        golden.engine and re.fullmatch("[0-9]+", golden.contract)
    ):
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


def _fits(found: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    """Say whether a shape is the one that is wanted, where None may be any number."""
    return len(found) == len(wanted) and all(
        size in (None, other) for size, other in zip(wanted, found, strict=True)
    )
