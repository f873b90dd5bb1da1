"""<DenseLayer Width= ActivationFunction=>: Weights (Width, in) and Biases (Width, 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
from lxml import etree

from ...errors import FormatError
from ...layers.dense import Dense
from . import activations
from .elements import Around, Element, Piece, sizes_text
from .matrices import Array, add_matrix, read_matrix


def read(node: Element, around: Around) -> Piece:
    """Read a dense layer, given a row."""
    width, activation = node.integer("Width", 1), activations.read(node)
    if len(around.given) != 1:
        raise node.error(
            f"wanted a row of numbers as input, found {sizes_text(around.given)}:"
            " a ReshapeLayer with Flattening=1 is missing before it"
        )
    weights = {
        "W": read_matrix(node.child("Weights"), width, around.given[0]),
        "b": read_matrix(node.child("Biases"), width, 1)[:, 0],
    }
    return Piece({"type": "dense", "units": width, "activation": activation}, weights, (width,))


def add(
    parent: Any, layer: Dense, given: tuple[int, ...], weights: Mapping[str, Array], indent: str
) -> None:
    """Write a dense layer as the last child of `parent`. Raises FormatError for what TMVA lacks."""
    number = activations.number_of(layer)
    if len(given) != 1:
        kind = "a sequence" if len(given) == 2 else "an image"
        raise FormatError(
            f"{layer.name}: TMVA's dense layer takes a row of numbers, found {kind} of shape"
            f" {given}: put a flatten layer before it"
        )
    attributes = {"Width": str(layer.units), "ActivationFunction": number}
    node = etree.SubElement(parent, "DenseLayer", attributes)
    biases = weights.get("b", numpy.zeros(layer.units, numpy.float32))
    add_matrix(node, "Weights", weights["W"], indent)
    add_matrix(node, "Biases", biases[:, None], indent)
