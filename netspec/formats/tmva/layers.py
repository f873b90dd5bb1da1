"""The children of <Weights>: one element a layer, a file for each kind.

    DenseLayer                        dense
    ConvLayer, MaxPoolLayer           images
    BatchNormLayer                    batch_norm
    ReshapeLayer                      shapes
    RNNLayer, LSTMLayer, GRULayer     cells

The shapes between the layers are followed as TMVA has them: a row of numbers (n,), a sequence
(steps, features) or an image (channels, height, width). Other elements are refused by name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from ...errors import FormatError, NetspecWarning, nearest
from ...layers import Layer
from ...layers.batch_norm import BatchNorm
from ...layers.convolution import Convolution
from ...layers.dense import Dense
from ...layers.flatten import Flatten
from ...layers.max_pool import MaxPool
from ...layers.recurrent import Recurrent
from ...layers.reshape import Reshape
from . import batch_norm, cells, dense, images, shapes
from .elements import Around, Element, Piece
from .matrices import Array

Sizes = tuple[int, ...]

READERS: dict[str, Callable[[Element, Around], Piece]] = {
    "DenseLayer": dense.read,
    "ConvLayer": images.read_convolution,
    "MaxPoolLayer": images.read_max_pool,
    "BatchNormLayer": batch_norm.read,
    "ReshapeLayer": shapes.read,
    **dict.fromkeys(cells.ORDERS, cells.read),
}
KNOWN = "batch_norm, convolution, dense, flatten, gru, lstm, max_pool, reshape, rnn"


def read(
    weights: Element, dims: Sizes, release: int | None, compat: str | None = None
) -> list[Piece]:
    """Read all layers of a <Weights> element.

    `dims` are the input's depth, height and width, `release` the number of the ROOT release
    that wrote the file, `compat` is "root" where ROOT's Reader is to be followed in its faults.
    The first piece is a reshape where the first layer does not take the variables as the row
    that they are. Raises FormatError with file and line.
    """
    nodes = weights.children()
    if len(nodes) != (depth := weights.integer("NetDepth", 1)):
        raise weights.error(f"NetDepth says {depth} layers, found {len(nodes)}")
    for node in nodes:
        if node.tag not in READERS:
            raise node.error(f"wanted a layer, found <{node.tag}>{nearest(node.tag, READERS)}")
    pieces = [first] if (first := shapes.of_input(nodes[0], dims)) else []
    shape = first.shape if first else (prod(dims),)
    tags = ["", *(node.tag for node in nodes), ""]
    for number, node in enumerate(nodes):
        around = Around(shape, tags[number], tags[number + 2], release, compat)
        piece = READERS[node.tag](node, around)
        if piece.unlike and not any(before.unlike == piece.unlike for before in pieces):
            message = f"{node.place}: <{node.tag}>: {piece.unlike}"
            warnings.warn(message, NetspecWarning, stacklevel=2)
        pieces.append(piece)
        shape = piece.shape
    return pieces


def add(parent: Any, layer: Layer, given: Sizes, weights: Mapping[str, Array], indent: str) -> None:
    """Write one layer as the last child of `parent`, indented by `indent`.

    `weights` are the layer's own, by name, in float32. Raises FormatError, naming layer and
    option, for what TMVA cannot say.
    """
    before = parent[-1].tag if len(parent) else ""
    if isinstance(layer, Recurrent) and type(layer) in cells.TAGS:  # other cells have no element
        cells.add(parent, layer, given, weights, indent)
    elif isinstance(layer, Dense):
        dense.add(parent, layer, given, weights, indent)
    elif isinstance(layer, Flatten):
        shapes.add_flatten(parent, given)
    elif isinstance(layer, Reshape):
        shapes.add_reshape(parent, layer, given)
    elif isinstance(layer, Convolution):
        images.add_convolution(parent, layer, given, weights, indent)
    elif isinstance(layer, MaxPool):
        images.add_max_pool(parent, layer, given)
    elif isinstance(layer, BatchNorm):
        batch_norm.add(parent, layer, given, weights, indent, before)
    else:
        raise FormatError(
            f"{layer.name}: a TMVA file cannot say {layer.type!r} here (known: {KNOWN})"
        )
