"""Reading what a file keeps beside spec and weights: metadata, history, golden outputs."""

from __future__ import annotations

import numpy as np

from ...errors import nearest
from ...spec import NetworkSpec
from .. import golden as golden_arrays
from ..model import Extras, Golden
from . import digests, numbers
from .elements import named, typed_array
from .numbers import Encoding
from .tree import Node

ARRAYS = ("inputs", "lengths", "outputs")


def read(root: Node, spec: NetworkSpec, encoding: Encoding) -> Extras:
    """Give the extras of a file whose spec is read. Raises Wrong at the element to blame."""
    entries = named(root.one("metadata"), "entry")
    verification = root.one("verification")
    return Extras(
        metadata={name: node.take() for name, node in entries.items()},
        golden=_golden(verification, spec, encoding) if verification else None,
        history=_history(root.one("history"), encoding),
        encoding=encoding,
    )


def _history(parent: Node | None, encoding: Encoding) -> dict[str, tuple[float, ...]]:
    history = {}
    for name, node in named(parent, "array").items():
        values = typed_array(node, ("float64",), encoding).array
        if values.ndim != 1:
            raise node.wrong(f"wanted a row of numbers, found the shape {values.shape}")
        history[name] = tuple(values.tolist())
    return history


def _golden(parent: Node, spec: NetworkSpec, encoding: Encoding) -> Golden:
    """Read golden inputs and outputs, held against the spec and their own digest."""
    nodes = named(parent, "array")
    for name, node in nodes.items():
        if name not in ARRAYS:
            raise node.wrong(f"is not in the format inside {parent}{nearest(name, ARRAYS)}")
    for name in ("inputs", "outputs"):
        if name not in nodes:
            raise parent.wrong(f"wanted the array {name!r}, found none")
    found = {
        name: typed_array(node, ("int64",) if name == "lengths" else (spec.dtype,), encoding)
        for name, node in nodes.items()
    }
    tolerance = parent.attributes["tolerance"]
    try:
        golden = Golden(
            inputs=found["inputs"].array,
            outputs=found["outputs"].array,
            lengths=found["lengths"].array if "lengths" in found else None,
            engine=parent.attributes["engine"],
            contract=parent.attributes["contract"],
            tolerance=float(numbers.read(tolerance, (), np.dtype(np.float64), "decimal")),
        )
        golden = golden_arrays.fitting(spec, golden)
    except ValueError as error:
        raise parent.wrong(str(error)) from None
    made = digests.of_verification(golden, {name: one.digest for name, one in found.items()})
    if made != parent.attributes["sha256"]:
        raise parent.wrong(
            "the golden inputs and outputs are not those that were written: wanted the SHA-256"
            f" {parent.attributes['sha256'][:64]}, found {made}"
        )
    return golden
