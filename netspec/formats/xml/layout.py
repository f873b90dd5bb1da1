"""Which array elements the weights of a spec are stored in, and in which order.

Layers in the order of the spec, arrays in the order of the layer's table of parameters. An array
made of blocks (the gates of a cell, side by side on the first axis) is stored as one element for
each block, its `part`, so that a person finds the forget gate by looking for `part="f"`. An array
whose dtype is not that of the file says so: `dtype="float64"`.
"""

from __future__ import annotations

from typing import NamedTuple

from ...spec import NetworkSpec


class Slot(NamedTuple):
    """One array element: of `full` ("lstm_1/W") the block number `block`, called `part`.

    `dtype` is the array's own where that is not the file's, else "".
    """

    full: str
    name: str
    part: str
    block: int | None
    shape: tuple[int, ...]
    dtype: str = ""


def slots(spec: NetworkSpec) -> list[list[Slot]]:
    """Give the elements of each layer."""
    rows = []
    for layer, given in spec.walk():
        row = []
        for name, param in layer.parameters(given).items():
            full = f"{layer.name}/{name}"
            dtype = param.dtype if param.dtype and param.dtype != spec.dtype else ""
            if param.blocks:
                row += [
                    Slot(full, name, part, block, param.shape[1:], dtype)
                    for block, part in enumerate(param.blocks)
                ]
            else:
                row.append(Slot(full, name, "", None, param.shape, dtype))
        rows.append(row)
    return rows
