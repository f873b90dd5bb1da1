"""<ReshapeLayer Depth= Height= Width= Flattening=>, and the shape of an event's variables.

Flattening=1 makes a row of what comes in, depth slowest; Flattening=0 does the inverse and
nothing else: of a row it makes depth x height x width. What that is, an image or a sequence of
depth steps, TMVA leaves to the layer that takes it, and so does netspec:

    ConvLayer, MaxPoolLayer          (depth, height, width)
    RNNLayer, LSTMLayer, GRULayer    (depth, height * width)

The variables of an event are a row. Where the first layer takes something else, a reshape stands
before it in the spec, which is no element of the file but its InputDepth, InputHeight, InputWidth.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from lxml import etree

from ...errors import FormatError
from ...layers.reshape import Reshape
from . import cells
from .elements import Around, Element, Piece, sizes_text

OF_IMAGES = ("ConvLayer", "MaxPoolLayer")

Sizes = tuple[int, ...]


def shape_for(dims: Sequence[int], tag: str) -> Sizes:
    """Give depth, height and width as the shape that the layer of a tag takes.

    >>> shape_for((4, 1, 3), "ConvLayer"), shape_for((4, 1, 3), "LSTMLayer")
    ((4, 1, 3), (4, 3))
    >>> shape_for((1, 1, 3), "DenseLayer")
    (3,)
    """
    depth, height, width = dims
    if tag in OF_IMAGES or (height > 1 and tag not in cells.ORDERS):
        return depth, height, width
    if depth > 1 or tag in cells.ORDERS:
        return depth, height * width
    return (width,)


def of_input(node: Element, dims: Sequence[int]) -> Piece | None:
    """Give the reshape that brings a row of variables to what the first layer takes, or None.

    Raises FormatError where no such layer takes an input of depth x height x width `dims`.
    """
    flat = prod(dims[:2]) == 1
    takes_any = node.tag in cells.ORDERS or node.tag in OF_IMAGES
    if not flat and not takes_any and not (node.tag == "ReshapeLayer" and node.flag("Flattening")):
        missing = "a ReshapeLayer with Flattening=1 is missing before it"
        if node.tag == "ReshapeLayer":
            missing = "Flattening=0 wants a ReshapeLayer with Flattening=1 before it"
        raise node.error(f"wanted a row of variables as input, found {sizes_text(dims)}: {missing}")
    if flat and not takes_any:
        return None
    sizes = shape_for(dims, node.tag)
    return Piece({"type": "reshape", "shape": list(sizes)}, {}, sizes)


def read(node: Element, around: Around) -> Piece:
    """Read a ReshapeLayer. Raises FormatError where the sizes do not fit what comes in."""
    dims = [node.integer(name, 1) for name in ("Depth", "Height", "Width")]
    given = around.given
    if prod(dims) != prod(given):
        raise node.error(
            f"wanted Depth x Height x Width to be {prod(given)} numbers as what comes in,"
            f" found {sizes_text(dims)}"
        )
    if node.flag("Flattening"):
        return Piece({"type": "flatten"}, {}, (prod(given),))
    if len(given) != 1:
        raise node.error(
            "wanted a row of numbers as input of a ReshapeLayer with Flattening=0,"
            f" found {sizes_text(given)}"
        )
    sizes = shape_for(dims, around.behind)
    return Piece({"type": "reshape", "shape": list(sizes)}, {}, sizes)


def add_flatten(parent: Any, given: Sizes) -> None:
    """Write a ReshapeLayer that makes a row."""
    _add(parent, (1, 1, prod(given)), flattening=True)


def add_reshape(parent: Any, layer: Reshape, given: Sizes) -> None:
    """Write a ReshapeLayer as the last child of `parent`. Raises FormatError where TMVA cannot."""
    if len(given) != 1 or len(layer.shape) > 3:
        raise FormatError(
            f"{layer.name}: TMVA reshapes a row of numbers to (steps, features) or to (channels,"
            f" height, width), found {given} to {layer.shape}: put a flatten layer before it"
            if len(given) != 1
            else f"{layer.name}/shape: TMVA reshapes to three sizes at most, found {layer.shape}"
        )
    depth, *between, width = layer.shape
    _add(parent, (depth, prod(between), width), flattening=False)


def _add(parent: Any, sizes: Sizes, *, flattening: bool) -> None:
    names = ("Depth", "Height", "Width", "Flattening")
    values = (*sizes, int(flattening))
    attributes = {k: str(v) for k, v in zip(names, values, strict=True)}
    etree.SubElement(parent, "ReshapeLayer", attributes)
