"""From a spec to what a TMVA file holds: transformations, the network, the output function.

Some layers have no element of their own and need none: a `normalize` before the network is a
transformation, and so are its kin, a `reshape` of the variables is the shape of the input, dropout
does nothing when a network is applied, a `reshape` to the same shape never does anything, an
`activation` after a linear dense layer or convolution is that layer's own, and `last_step` after a
whole sequence is a cell that returns its last step only.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

from ...errors import FormatError, nearest
from ...layers import Layer
from ...layers.activation import ActivationLayer
from ...layers.activations import Linear
from ...layers.dropout import Dropout
from ...layers.flatten import Flatten
from ...layers.last_step import LastStep
from ...layers.recurrent import Recurrent
from ...layers.reshape import Reshape
from ...spec import NetworkSpec
from ...transformations.front import KINDS

OUTPUTS = {"linear": "I", "sigmoid": "S", "softmax": "M"}
TAKE_IMAGES = ("flatten", "convolution", "max_pool")

Row = tuple[Layer, tuple[int, ...]]


class Change(NamedTuple):
    """A transformation: its layer, and how often it comes, once for each step of a sequence."""

    layer: Any
    steps: int


class Plan(NamedTuple):
    """What goes where.

    `before` and `after` are transformations of variables and targets in the order of a file: that
    of the layers before the network, and the opposite of that behind it. `dims` are the input's
    depth, height and width, `rows` the layers with the shape each is given, `output` the output
    function, `notes` what a file will say differently without changing an output.
    """

    before: list[Change]
    dims: tuple[int, int, int]
    rows: list[Row]
    after: list[Change]
    output: str
    notes: list[str]


def plan(spec: NetworkSpec, *, keep_reshape: bool = False) -> Plan:
    """Lay a spec out for a TMVA file. Raises FormatError, naming layer and option.

    With `keep_reshape` a first reshape is a layer, and not the shape of the input.
    """
    if spec.dtype != "float32":
        raise FormatError(
            f"dtype: TMVA computes in float32, wanted a spec of dtype float32, found {spec.dtype},"
            " whose outputs would change: build it anew with `dtype: float32`"
        )
    if None in spec.input.sizes:
        raise FormatError(
            "input/steps: TMVA wants a fixed number of steps, found any: give `steps`"
        )
    activation = spec.output.activation.type
    if activation not in OUTPUTS:
        raise FormatError(
            f"output/activation: TMVA has no {activation!r} there{nearest(activation, OUTPUTS)}:"
            " give it to the last dense layer"
        )
    rows: list[Row] = [(layer, tuple(size or 0 for size in given)) for layer, given in spec.walk()]
    before: list[Change] = []
    after: list[Change] = []
    if len(rows) > 1 and isinstance(rows[0][0], Flatten) and transform(rows[1], inverse=False):
        rows.pop(0)  # the variables of an event are a row in a file, whatever they are here
    while rows and (change := transform(rows[0], inverse=False)):
        before.append(change)
        rows.pop(0)
    while rows and (change := transform(rows[-1], inverse=True)):
        after.append(change)
        rows.pop()
    if after and activation != "linear":
        raise FormatError(
            f"output/activation: TMVA undoes {after[0].layer.name!r} last of all: wanted linear,"
            f" found {activation}"
        )
    sizes = rows[0][1] if rows else ()
    if rows and isinstance(first := rows[0][0], Reshape) and len(sizes) == 1 and not keep_reshape:
        sizes = first.shape
        rows.pop(0)
    notes: list[str] = []
    folded = list(fold(rows, notes))
    if not folded:
        found = ", ".join(layer.name for layer in spec.layers)
        raise FormatError(
            f"layers: wanted a layer that TMVA has an element for, found only {found}"
        )
    if len(sizes) > 3 or (len(sizes) == 3 and folded[0][0].type not in TAKE_IMAGES):
        raise FormatError(
            f"{folded[0][0].name}: TMVA wants a row or a sequence here, found the shape {sizes}:"
            " put a flatten layer first"
        )
    if len(spec.output_shape) != 1:
        raise FormatError(
            f"{rows[-1][0].name}: TMVA wants a row of outputs, found a sequence of shape"
            f" {spec.output_shape}: put a flatten layer at the end"
        )
    return Plan(before, dims_of(sizes), folded, after, OUTPUTS[activation], notes)


def dims_of(sizes: tuple[int, ...]) -> tuple[int, int, int]:
    """Give depth, height and width of a row, a sequence or an image."""
    depth = sizes[0] if len(sizes) > 1 else 1
    height = sizes[1] if len(sizes) == 3 else 1
    return depth, height, sizes[-1]


def transform(row: Row, *, inverse: bool) -> Change | None:
    """Give what a row does to the variables of an event, or undoes of targets, else None."""
    layer, given = row
    if layer.type not in KINDS or bool(getattr(layer, "inverse", False)) != inverse:
        return None
    if inverse and len(given) > 1:
        return None
    if (working_type := getattr(layer, "working_type", "float32")) != "float32":
        raise FormatError(
            f"{layer.name}/working_type: TMVA keeps what it transforms in float32, found"
            f" {working_type}"
        )
    return Change(layer, prod(given[:-1]))


def fold(rows: list[Row], notes: list[str]) -> Iterator[Row]:
    """Leave out the layers that need no element, and note each."""
    kept: Row | None = None
    for layer, given in rows:
        if isinstance(layer, Dropout):
            notes.append(f"{layer.name}: dropout is not stored")
            continue
        if isinstance(layer, Reshape) and layer.shape == given:
            notes.append(f"{layer.name}: changes nothing and is left out")
            continue
        if isinstance(layer, Reshape) and len(layer.shape) == 1 < len(given):
            notes.append(f"{layer.name}: written as a flatten")
            layer = Flatten(name=layer.name)
        if kept and (joined := join(kept[0], layer)):
            notes.append(f"{layer.name}: written as a part of {kept[0].name}")
            kept = (joined, kept[1])
            continue
        if kept:
            yield kept
        kept = (layer, given)
    if kept:
        yield kept


def join(first: Layer, second: Layer) -> Layer | None:
    """Give one layer that does what two do, or None."""
    if (
        first.type in ("dense", "convolution")
        and getattr(first, "activation", None) == Linear()
        and isinstance(second, ActivationLayer)
    ):
        return first.model_copy(update={"activation": second.activation})
    if (
        isinstance(first, Recurrent)
        and first.return_sequences
        and not first.reverses
        and isinstance(second, LastStep)
    ):
        return first.model_copy(update={"return_sequences": False})
    return None
