"""The children of <Weights>: one element a layer.

    DenseLayer    Width ActivationFunction               Weights (Width, in), Biases (Width, 1)
    ReshapeLayer  Depth Height Width Flattening          nothing
    RNNLayer, LSTMLayer, GRULayer                        see `cells`

The shapes between the layers are followed as TMVA has them: a row of numbers (n,) or a
sequence (steps, features). Elements of other layers are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy
from lxml import etree

from ...errors import FormatError, nearest
from ...layers import Layer
from ...layers.dense import Dense
from ...layers.flatten import Flatten
from ...layers.recurrent import Recurrent
from ...layers.reshape import Reshape
from . import cells
from .elements import Element, Piece
from .matrices import Array, matrix_text, read_matrix

ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "symmrelu", "softsign", "gauss", "fast_tanh")
NOT_READ = {
    "ConvLayer": "convolution",
    "MaxPoolLayer": "max pooling",
    "BatchNormLayer": "batch normalisation",
}

Sizes = tuple[int, ...]


def read(weights: Element, dims: Sizes, release: int | None) -> list[Piece]:
    """Read all layers of a <Weights> element.

    `dims` are the input's depth, height and width, `release` the number of the ROOT release
    that wrote the file. The first piece is a reshape where the first layer does not take the
    variables as the row that they are. Raises FormatError with file and line.
    """
    nodes = weights.children()
    if len(nodes) != (depth := weights.integer("NetDepth", 1)):
        raise weights.error(f"NetDepth says {depth} layers, found {len(nodes)}")
    for node in nodes:
        refuse_unknown(node)
    pieces = [first] if (first := shaping(nodes[0], dims)) else []
    shape = first.shape if first else (prod(dims),)
    for node in nodes:
        pieces.append(READERS[node.tag](node, shape, release))
        shape = pieces[-1].shape
    return pieces


def refuse_unknown(node: Element) -> None:
    """Raise FormatError for a layer that netspec does not read."""
    if node.tag in NOT_READ:
        raise node.error(
            f"{NOT_READ[node.tag]} is not supported: netspec reads {', '.join(sorted(READERS))};"
            " evaluate this file with TMVA itself"
        )
    if node.tag not in READERS:
        raise node.error(f"wanted a layer, found <{node.tag}>{nearest(node.tag, READERS)}")


def shaping(node: Element, dims: Sizes) -> Piece | None:
    """Give the reshape that brings a row of variables to what the first layer takes, or None."""
    depth, height, width = dims
    flat = depth == height == 1
    if node.tag in cells.ORDERS:
        sizes: Sizes = (depth, height * width)
    elif flat or (node.tag == "ReshapeLayer" and not node.flag("Flattening")):
        return None
    elif node.tag == "ReshapeLayer":
        sizes = (depth, width) if height == 1 else dims
    else:
        raise node.error(
            f"wanted a row of variables as input, found {depth} x {height} x {width}:"
            " a ReshapeLayer with Flattening=1 is missing before it"
        )
    return Piece({"type": "reshape", "shape": list(sizes)}, {}, sizes)


def read_dense(node: Element, given: Sizes, release: int | None) -> Piece:
    """Read a DenseLayer, given a row."""
    width, number = node.integer("Width", 1), node.integer("ActivationFunction")
    if number >= len(ACTIVATIONS):
        raise node.error(f"wanted an ActivationFunction from 0 to 7, found {number}")
    if len(given) != 1:
        raise node.error(
            f"wanted a row of numbers as input, found {' x '.join(map(str, given))}:"
            " a ReshapeLayer with Flattening=1 is missing before it"
        )
    columns = given[0]
    weights = {
        "W": read_matrix(node.child("Weights"), width, columns),
        "b": read_matrix(node.child("Biases"), width, 1)[:, 0],
    }
    row = {"type": "dense", "units": width, "activation": ACTIVATIONS[number]}
    return Piece(row, weights, (width,))


def read_reshape(node: Element, given: Sizes, release: int | None) -> Piece:
    """Read a ReshapeLayer: Flattening=1 makes a row, Flattening=0 a sequence of a row."""
    depth, height, width = (node.integer(name, 1) for name in ("Depth", "Height", "Width"))
    if depth * height * width != prod(given):
        raise node.error(
            f"wanted Depth x Height x Width to be {prod(given)} numbers as what comes in,"
            f" found {depth} x {height} x {width}"
        )
    if node.flag("Flattening"):
        return Piece({"type": "flatten"}, {}, (prod(given),))
    if len(given) != 1:
        raise node.error(
            f"wanted a row of numbers as input of a ReshapeLayer with Flattening=0,"
            f" found {' x '.join(map(str, given))}"
        )
    sizes = (depth, height * width)
    return Piece({"type": "reshape", "shape": list(sizes)}, {}, sizes)


READERS: dict[str, Callable[[Element, Sizes, int | None], Piece]] = {
    "DenseLayer": read_dense,
    "ReshapeLayer": read_reshape,
    **dict.fromkeys(cells.ORDERS, cells.read),
}


def add(parent: Any, layer: Layer, given: Sizes, weights: Mapping[str, Array], indent: str) -> None:
    """Write one layer as the last child of `parent`, indented by `indent`.

    `weights` are the layer's own, by name, in float32. Raises FormatError, naming layer and
    option, for what TMVA cannot say.
    """
    if isinstance(layer, Recurrent) and type(layer) in cells.TAGS:  # other cells have no element
        cells.add(parent, layer, given, weights, indent)
    elif isinstance(layer, Dense):
        add_dense(parent, layer, given, weights, indent)
    elif isinstance(layer, Flatten):
        add_reshape(parent, (1, 1, prod(given)), flattening=True)
    elif isinstance(layer, Reshape) and len(layer.shape) == 2 and len(given) == 1:
        add_reshape(parent, (layer.shape[0], 1, layer.shape[1]), flattening=False)
    else:
        raise FormatError(
            f"{layer.name}: a TMVA file cannot say {layer.type!r} here (known: dense, flatten,"
            " gru, lstm, rnn, and reshape from a row to (steps, features))"
        )


def add_dense(
    parent: Any, layer: Dense, given: Sizes, weights: Mapping[str, Array], indent: str
) -> None:
    """Write a DenseLayer."""
    activation = layer.activation.type
    if activation not in ACTIVATIONS:
        raise FormatError(
            f"{layer.name}/activation: TMVA has no {activation!r}{nearest(activation, ACTIVATIONS)}"
        )
    if len(given) != 1:
        raise FormatError(
            f"{layer.name}: TMVA's dense layer takes a row of numbers, found a sequence of shape"
            f" {given}: put a flatten layer before it"
        )
    attributes = {
        "Width": str(layer.units),
        "ActivationFunction": str(ACTIVATIONS.index(activation)),
    }
    node = etree.SubElement(parent, "DenseLayer", attributes)
    biases = weights.get("b", numpy.zeros(layer.units, numpy.float32))
    for tag, matrix in (("Weights", weights["W"]), ("Biases", biases[:, None])):
        sizes = {"Rows": str(matrix.shape[0]), "Columns": str(matrix.shape[1])}
        etree.SubElement(node, tag, sizes).text = matrix_text(matrix, indent + "  ")


def add_reshape(parent: Any, sizes: Sizes, *, flattening: bool) -> None:
    """Write a ReshapeLayer."""
    names = ("Depth", "Height", "Width", "Flattening")
    values = (*sizes, int(flattening))
    etree.SubElement(
        parent, "ReshapeLayer", {k: str(v) for k, v in zip(names, values, strict=True)}
    )
